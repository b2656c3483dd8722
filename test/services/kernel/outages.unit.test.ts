import { describe, expect, it } from 'vitest'
import { Prisma } from '../../../prisma/generated/client/client.ts'
import { NotFoundError, StateConflictError } from '../../../src/services/kernel/errors.ts'
import { DependencyError, toOutageError } from '../../../src/services/kernel/outages.ts'

const prismaError = (code: string, originalCode?: string) =>
  new Prisma.PrismaClientKnownRequestError('A failure.', {
    code,
    clientVersion: 'test',
    meta: {
      driverAdapterError: Object.assign(new Error('A failure.', { cause: { kind: 'postgres', originalCode } }), {
        name: 'DriverAdapterError',
      }),
    },
  })

const postgresError = (code: string) => Object.assign(new Error('A failure.'), { severity: 'FATAL', code })
const systemError = (code: string) => Object.assign(new Error('A failure.'), { code, syscall: 'connect', errno: -1 })

const codeOf = (error: unknown) => toOutageError(error)?.code ?? null

describe('an outage', () => {
  it.for(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037'])('is %s of Prisma', (code) => {
    expect(codeOf(prismaError(code))).toBe('UNAVAILABLE')
  })

  it.for(['08006', '08P01', '57P01', '57P02', '57P03', '53300', '53200', '25006', '25P03', '57014'])(
    'is SQLSTATE %s in an error of Prisma',
    (state) => {
      expect(codeOf(prismaError('P2010', state))).toBe('UNAVAILABLE')
    },
  )

  it.for(['08006', '57P01', '57P03', '53300'])('is SQLSTATE %s in an error of the driver', (state) => {
    expect(codeOf(postgresError(state))).toBe('UNAVAILABLE')
  })

  it.for(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND'])('is %s of a connection', (code) => {
    expect(codeOf(systemError(code))).toBe('UNAVAILABLE')
  })

  it('is a wait for a connection that was too long', () => {
    expect(codeOf(new Error('timeout exceeded when trying to connect'))).toBe('UNAVAILABLE')
  })

  it('is found behind other errors', () => {
    const cause = new AggregateError([systemError('ECONNREFUSED')])
    expect(codeOf(new Error('Failed to store a file.', { cause: new Error('Failed.', { cause }) }))).toBe('UNAVAILABLE')
  })

  it('is what an adapter reports as such', () => {
    expect(codeOf(new DependencyError('unavailable', 'The bucket answered 503.'))).toBe('UNAVAILABLE')
  })

  it.for(['ENOSPC', 'EDQUOT'])('is a full disk: %s', (code) => {
    expect(codeOf(systemError(code))).toBe('STORAGE_FULL')
  })

  it('is a full disk of the database', () => {
    expect(codeOf(prismaError('P2010', '53100'))).toBe('STORAGE_FULL')
  })
})

describe('an error', () => {
  it.for([
    ['a violated constraint', prismaError('P2002', '23505')],
    ['a wrong statement', prismaError('P2010', '42601')],
    ['a deadlock', prismaError('P2034', '40P01')],
    ['a bug', new TypeError('x is not a function')],
    ['a request that its client ended', Object.assign(new Error('aborted'), { code: 'ECONNRESET' })],
    ['a refusal', new NotFoundError('There is no such media.')],
    ['a refusal because of an outage', new StateConflictError('Retry.', { cause: systemError('ECONNRESET') })],
    ['nothing', undefined],
  ])('is no outage: %s', ([, error]) => {
    expect(toOutageError(error)).toBeNull()
  })
})
