import { open, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Home, nullIfMissing } from './home.ts'

const maxLogBytes = 5_000_000

export const logPath = (home: Home): string => join(home.path, 'postgres.log')

export const openLogFile = async (home: Home) => {
  const stats = await stat(logPath(home)).catch(nullIfMissing)
  if (stats !== null && stats.size > maxLogBytes) await rename(logPath(home), `${logPath(home)}.old`)
  return open(logPath(home), 'a', 0o600)
}

export const lastLines = (text: string): string => text.trimEnd().split('\n').slice(-8).join('\n')
