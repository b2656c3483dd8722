import type { ArgType, SqlQuery } from '@prisma/driver-adapter-utils'
import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { Transaction } from '../../services/kernel/ports.ts'
import type { Connection } from './connections.ts'
import { toRawQueryError } from './errors.ts'
import { toRows } from './rawResult.ts'
import { toDriverValues } from './rawValues.ts'

type RawStatement = TemplateStringsArray | Prisma.Sql

/** The driver converts parameters by these; it leaves those of raw queries as they are, except for times. */
const rawType: ArgType = { scalarType: 'unknown', arity: 'scalar' }

export const toDriverQuery = (text: string, args: unknown[]): SqlQuery => ({
  sql: text,
  args,
  argTypes: args.map(() => rawType),
})

const isTemplate = (statement: RawStatement): statement is TemplateStringsArray => Array.isArray(statement)

/** Compiles the arguments of a raw query; null if Prisma has to send it. */
const compile = (statement: RawStatement, values: readonly unknown[]): SqlQuery | null => {
  const { text, values: parameters } = isTemplate(statement) ? Prisma.sql(statement, ...values) : statement
  const args = toDriverValues(parameters)
  return args === null ? null : toDriverQuery(text, args)
}

/** Raw queries of a transaction, sent on its connection without Prisma: the same rows, counts and errors. */
export const createRawQueries = (
  transaction: Transaction,
  connection: Connection,
  onStatement: (sql: string) => void,
) => {
  const send = async <Result>(
    method: '$queryRaw' | '$executeRaw',
    statement: RawStatement,
    values: readonly unknown[],
    run: (query: SqlQuery) => Promise<Result>,
  ): Promise<Result> => {
    const query = compile(statement, values)
    // Prisma refuses statements of a transaction that has ended.
    if (query === null || !connection.isOpen) return (await transaction[method](statement, ...values)) as Result // as: the method's own result
    onStatement(query.sql)
    return run(query).catch((error: unknown) => {
      throw toRawQueryError(error, method)
    })
  }
  const { driver } = connection
  return {
    $queryRaw: (statement: RawStatement, ...values: unknown[]) =>
      send('$queryRaw', statement, values, async (query) => toRows(await driver.queryRaw(query))),
    $executeRaw: (statement: RawStatement, ...values: unknown[]) =>
      send('$executeRaw', statement, values, (query) => driver.executeRaw(query)),
  }
}
