import type { Logger } from '../../src/services/kernel/ports.ts'

export interface LogSpy {
  log: Logger
  /** Messages of warnings and errors, in order. */
  messages: string[]
  /** Fields of logged errors, in order. */
  errorFields: object[]
}

export const createLogSpy = (): LogSpy => {
  const [messages, errorFields]: [string[], object[]] = [[], []]
  const ignore = (): void => {}
  const log: Logger = {
    debug: ignore,
    info: ignore,
    warn: (_fields, message) => void messages.push(message),
    error(fields, message) {
      errorFields.push(fields)
      messages.push(message)
    },
    child: () => log,
  }
  return { log, messages, errorFields }
}
