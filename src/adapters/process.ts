import { type Config, ConfigError, readConfig } from '../services/config/config.ts'
import type { Logger } from '../services/kernel/ports.ts'
import { createLogger } from './logger.ts'

interface Closable {
  close(): Promise<void>
}

/** Maximum time from the signal to the exit. */
const shutdownTimeoutMs = 25_000

const minNodeMajor = 24

export interface ProcessContext {
  config: Config
  log: Logger
  /** Closes what `start` has opened, in order, and exits with 1. */
  abort(): void
}

/** Runs a process: reads its configuration, starts it, and on SIGTERM or SIGINT closes it in order and exits with 0. */
export const runProcess = async (start: (context: ProcessContext) => Promise<Closable>): Promise<void> => {
  if (Number(process.versions.node.split('.')[0]) < minNodeMajor)
    return fail(
      `Node ${minNodeMajor} or newer is required, not ${process.version}. Start the program with npm, which uses its own Node.`,
    )
  try {
    const config = readConfig(process.env)
    const log = createLogger(config.logLevel)
    // Starts after the signal handlers below are installed.
    const startup = Promise.resolve({ config, log, abort: () => shutDown(1) }).then(start)
    let isStopping = false
    const shutDown = (exitCode: number): void => {
      isStopping = true
      setTimeout(() => process.exit(1), shutdownTimeoutMs).unref()
      // A half-started process cannot be closed in order, so wait until the start has finished.
      startup
        .then((closable) => closable.close())
        .then(
          () => process.exit(exitCode),
          () => process.exit(1),
        )
    }
    const stop = (signal: NodeJS.Signals): void => {
      if (isStopping) return
      log.info({ signal }, 'Shutting down.')
      shutDown(0)
    }
    // `on`, not `once`: a supervisor may signal the whole group, and npm's script forwards the signal as well. The
    // second signal must not end the process.
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
    await startup
  } catch (error) {
    fail(error instanceof ConfigError || !(error instanceof Error) ? String(error) : (error.stack ?? error.message))
  }
}

const fail = (text: string): void => {
  process.stderr.write(`${text}\n`)
  process.exit(1)
}
