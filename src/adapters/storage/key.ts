/**
 * Lower-case segments that begin with a letter or digit: a file system cannot read any as a parent folder or a hidden
 * file.
 */
const keyPattern = /^[a-z0-9][a-z0-9._-]*(?:\/[a-z0-9][a-z0-9._-]*)*$/
const maxKeyLength = 255

export const isKey = (key: string): boolean => keyPattern.test(key) && key.length <= maxKeyLength

/** Returns the key, or throws if it is invalid. */
export const checkKey = (key: string): string => {
  if (!isKey(key)) throw new Error(`Invalid storage key: ${JSON.stringify(key)}`)
  return key
}
