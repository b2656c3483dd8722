import { DriverAdapterError, type Error as DriverError } from '@prisma/driver-adapter-utils'
import { Prisma } from '../../../prisma/generated/client/client.ts'

interface Failure {
  code: string
  message: string
  cause: DriverError
}

/** Fields of the errors of the driver, of PostgreSQL and of the operating system; each has some of them. */
interface Fields {
  code?: unknown
  severity?: unknown
  syscall?: unknown
  message: string
  address?: unknown
  port?: unknown
  detail?: unknown
  column?: unknown
  hint?: unknown
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const socketFailureOf = ({ code, address, port }: Fields): Failure | null => {
  const host = textOf(address)
  const hostAndPort = typeof port === 'number' ? `${host}:${port}` : host
  switch (code) {
    case 'ENOTFOUND':
    case 'ECONNREFUSED':
      return {
        code: 'P1001',
        message: `Can't reach database server at ${hostAndPort}`,
        cause: { kind: 'DatabaseNotReachable', host, port: typeof port === 'number' ? port : undefined },
      }
    case 'ECONNRESET':
      return { code: 'P1017', message: 'Server has closed the connection.', cause: { kind: 'ConnectionClosed' } }
    case 'ETIMEDOUT':
      return { code: 'P1008', message: 'Operation has timed out', cause: { kind: 'SocketTimeout' } }
    default:
      return null
  }
}

const tooManyConnections = '53300'

const serverFailureOf = (state: string, { message, severity, detail, column, hint }: Fields): Failure => {
  const original = { originalCode: state, originalMessage: message }
  if (state === tooManyConnections)
    return {
      code: 'P2037',
      message: `Too many database connections opened: ${message}`,
      cause: { ...original, kind: 'TooManyConnections', cause: message },
    }
  return {
    code: 'P2039',
    message: `Database error. Code: \`${state}\`. Message: \`${message}\``,
    cause: {
      ...original,
      kind: 'postgres',
      code: state,
      severity: textOf(severity) ?? 'N/A',
      message,
      detail: textOf(detail),
      column: textOf(column),
      hint: textOf(hint),
    },
  }
}

/**
 * Returns the error that Prisma would throw for an outage that the driver reports. Prisma passes on errors that it does
 * not know. Other errors of PostgreSQL have codes of their own: for those, Prisma is asked.
 */
export const toPrismaError = (error: Error, model: string, method: string): Error => {
  const fields: Fields = error
  const state = textOf(fields.code)
  const isServerError = state !== undefined && typeof fields.severity === 'string'
  const socketFailure = typeof fields.syscall === 'string' ? socketFailureOf(fields) : null
  const failure = isServerError ? serverFailureOf(state, fields) : socketFailure
  if (failure === null) return error
  return new Prisma.PrismaClientKnownRequestError(
    `\nInvalid \`prisma.${model}.${method}()\` invocation:\n\n\n${failure.message}`,
    {
      code: failure.code,
      clientVersion: Prisma.prismaVersion.client,
      meta: { modelName: model, driverAdapterError: new DriverAdapterError(failure.cause) },
    },
  )
}
