import { pino } from 'pino'
import type { Config } from '../services/config/config.ts'
import type { Logger } from '../services/kernel/ports.ts'

/** JSON lines on standard error, so that standard output stays free for what a command prints. */
export const createLogger = (level: Config['logLevel']): Logger =>
  pino(
    {
      level,
      redact: ['req.headers.authorization', 'req.headers.cookie', 'req.headers["upload-token"]', 'token', 'secret'],
    },
    pino.destination({ dest: 2, sync: false }),
  )
