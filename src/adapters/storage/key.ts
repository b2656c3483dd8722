/** Lower-case segments that begin with a letter or digit: nothing a file system could read as a way out or a hidden file. */
const keyPattern = /^[a-z0-9][a-z0-9._-]*(?:\/[a-z0-9][a-z0-9._-]*)*$/
const maxKeyLength = 255

export const isKey = (key: string): boolean => keyPattern.test(key) && key.length <= maxKeyLength

/** The key itself, once it is one. */
export const checkKey = (key: string): string => {
  if (!isKey(key)) throw new Error(`Not a storage key: ${JSON.stringify(key)}`)
  return key
}
