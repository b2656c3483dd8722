import { stat } from 'node:fs/promises'

/**
 * Whether stored bytes stay when a file is put under their key. The file may no longer exist: its owner retries after a
 * crash between the put and the next step.
 */
export const keepsStored = async (
  path: string,
  stored: { sizeBytes: number } | null,
  replace: boolean,
): Promise<boolean> => {
  if (stored === null) return false
  const source = await stat(path).catch(nullIfMissing)
  return source === null || (source.size === stored.sizeBytes && !replace)
}

export const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code

export const nullIfMissing = (error: unknown): null => {
  if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return null
  throw error
}
