import { pino } from 'pino'
import type { Config } from '../services/config/config.ts'
import type { Logger } from '../services/kernel/ports.ts'

/**
 * Creates a logger that writes JSON lines to standard error, so that standard output contains only what a command
 * prints.
 */
export const createLogger = (level: Config['logLevel']): Logger =>
  pino(
    {
      level,
      redact: ['req.headers.authorization', 'req.headers.cookie', 'req.headers["upload-token"]', 'token', 'secret'],
    },
    pino.destination({ dest: 2, sync: false }),
  )
