import { type Config, ConfigError, readConfig } from '../services/config/config.ts'
import type { Logger } from '../services/kernel/ports.ts'
import { createLogger } from './logger.ts'

interface Closable {
  close(): Promise<void>
}

/** Longest time between the signal and the end. */
const shutdownTimeoutMs = 25_000

const minNodeMajor = 24

/** Runs one process from its configuration to its signal: SIGTERM or SIGINT close it in order and end it with 0. */
export const runProcess = async (
  start: (context: { config: Config; log: Logger }) => Promise<Closable>,
): Promise<void> => {
  if (Number(process.versions.node.split('.')[0]) < minNodeMajor)
    return fail(`Node ${minNodeMajor} is needed, this is ${process.version}: start it by npm, which brings its own.`)
  try {
    const config = readConfig(process.env)
    const log = createLogger(config.logLevel)
    // Begins after the handlers are there.
    const startup = Promise.resolve({ config, log }).then(start)
    let isStopping = false
    const stop = (signal: NodeJS.Signals): void => {
      if (isStopping) return
      isStopping = true
      log.info({ signal }, 'Going down.')
      setTimeout(() => process.exit(1), shutdownTimeoutMs).unref()
      // What is half open cannot be closed in order: it is opened to the end before.
      startup
        .then((closable) => closable.close())
        .then(
          () => process.exit(0),
          () => process.exit(1),
        )
    }
    // Not once: a supervisor may tell the whole group, and npm's script tells us again. The second one must not end us.
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
