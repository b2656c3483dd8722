import { type DriverAdapterError, isDriverAdapterError } from '@prisma/driver-adapter-utils'
import { Prisma } from '../../../prisma/generated/client/client.ts'

const fieldOf = (cause: object, name: string): string | undefined => {
  const value: unknown = Reflect.get(cause, name)
  return typeof value === 'string' ? value : undefined
}

/** Returns the error that Prisma would throw for a raw query that failed in the driver. */
export const toRawQueryError = (error: unknown, method: string): unknown => {
  if (!isDriverAdapterError(error)) return error
  const state = fieldOf(error.cause, 'originalCode') ?? 'N/A'
  const message = fieldOf(error.cause, 'originalMessage') ?? error.message
  return new Prisma.PrismaClientKnownRequestError(
    `\nInvalid \`prisma.${method}()\` invocation:\n\n\nRaw query failed. Code: \`${state}\`. Message: \`${message}\``,
    { code: 'P2010', clientVersion: Prisma.prismaVersion.client, meta: { driverAdapterError: error } },
  )
}

/** Codes and messages of Prisma for what can happen to a read; it has others for faults of statements, which none has. */
const failureOf = ({ cause }: DriverAdapterError): [code: string, message: string] => {
  switch (cause.kind) {
    case 'ConnectionClosed':
      return ['P1017', 'Server has closed the connection.']
    case 'SocketTimeout':
      return ['P1008', 'Operation has timed out']
    case 'TransactionWriteConflict':
      return ['P2034', 'Transaction failed due to a write conflict or a deadlock. Please retry your transaction']
    default: {
      const [state, message] = [
        fieldOf(cause, 'originalCode') ?? 'N/A',
        fieldOf(cause, 'originalMessage') ?? cause.kind,
      ]
      return ['P2039', `Database error. Code: \`${state}\`. Message: \`${message}\``]
    }
  }
}

/** Returns the error that Prisma would throw for a read of rows that failed in the driver. */
export const toReadError = (error: unknown, model: string, method: string): unknown => {
  if (!isDriverAdapterError(error)) return error
  const [code, message] = failureOf(error)
  return new Prisma.PrismaClientKnownRequestError(
    `\nInvalid \`prisma.${model}.${method}()\` invocation:\n\n\n${message}`,
    { code, clientVersion: Prisma.prismaVersion.client, meta: { modelName: model, driverAdapterError: error } },
  )
}
