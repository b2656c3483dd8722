import { pino } from 'pino'
import type { Config } from '../services/config/config.ts'
import type { Logger } from '../services/kernel/ports.ts'

/** Characters that a terminal or an editor acts on, beyond those that JSON escapes: file names and tools bring them. */
const hiddenCharacters = /[\x7F-\x9F\p{Bidi_Control}\u2028\u2029\uFEFF]/gu

const toEscape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/**
 * Creates a logger that writes JSON lines to standard error, so that standard output contains only what a command
 * prints.
 */
export const createLogger = (level: Config['logLevel']): Logger =>
  pino(
    {
      level,
      redact: ['req.headers.authorization', 'req.headers.cookie', 'req.headers["upload-token"]', 'token', 'secret'],
      // They can only be inside the strings of a line, where an escape means the same.
      hooks: { streamWrite: (line) => line.replace(hiddenCharacters, toEscape) },
    },
    pino.destination({ dest: 2, sync: false }),
  )
