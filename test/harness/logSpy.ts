import type { Log } from '../../src/services/kernel/ports.ts'

export interface HeardLog {
  log: Log
  /** Sentences of warnings and errors, in order. */
  heard: string[]
  /** What errors were logged with. */
  failures: object[]
}

export const hearingLog = (): HeardLog => {
  const [heard, failures]: [string[], object[]] = [[], []]
  const ignore = (): void => {}
  const log: Log = {
    debug: ignore,
    info: ignore,
    warn: (_fields, message) => void heard.push(message),
    error(fields, message) {
      failures.push(fields)
      heard.push(message)
    },
    child: () => log,
  }
  return { log, heard, failures }
}
