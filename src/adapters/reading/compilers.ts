import { toArgs, unsupported } from './arguments.ts'
import { createLookupBatches } from './batches.ts'
import { createLookup, type Lookup, rememberLookups } from './lookups.ts'
import type { Model, Models } from './model.ts'
import type { Call, Reader } from './reader.ts'
import { compileRead } from './statement.ts'
import { toUniqueRead } from './unique.ts'

/** Compiles the arguments of a call; returns what answers it. Throws `Unsupported` if Prisma has to. */
export type Compile = (args: unknown) => (call: Call) => Promise<unknown>

const toGiven = (args: unknown) => (args === undefined ? {} : toArgs(args, 'the arguments'))

/** Prisma refuses a missing row itself. */
const orThrow =
  (compile: Compile): Compile =>
  (args) => {
    const start = compile(args)
    return async (call) => (await start(call)) ?? call.fallBack()
  }

/** Creates the compilers of a model, by the methods of Prisma that they answer. */
export const createCompilers = (models: Models, model: Model, reader: Reader): Record<string, Compile> => {
  const batches = createLookupBatches(reader)

  const findMany: Compile = (args) => {
    const statement = compileRead(models, model, toGiven(args))
    return (call) =>
      reader
        .query(statement)
        .then(statement.decode)
        .catch((error) => reader.recover(error, call))
  }

  const findOne: Compile = (args) => {
    const start = findMany(args)
    return async (call) => {
      const result = await start(call)
      return Array.isArray(result) ? (result[0] ?? null) : result // otherwise Prisma has answered
    }
  }

  const findFirst: Compile = (args) => {
    const given = toGiven(args)
    return given['take'] === undefined ? findOne({ ...given, take: 1 }) : unsupported('findFirst with take')
  }

  const compileLookup = (args: unknown): Lookup | null => {
    const { args: rowArgs, batchField: idField, isFieldHidden: isIdHidden } = toUniqueRead(model, args)
    return idField === null
      ? null
      : createLookup({ statement: compileRead(models, model, rowArgs), idField, isIdHidden })
  }
  const findLookup = rememberLookups(compileLookup)

  const findUnique: Compile = (args) => {
    const lookup = findLookup(args)
    if (lookup === null) return findOne(toUniqueRead(model, args).args)
    const id = String(toArgs(toArgs(args, 'the arguments')['where'], 'where')[lookup.idField])
    return (call) => batches.find(lookup, id, call)
  }

  return {
    findMany,
    findFirst,
    findUnique,
    findFirstOrThrow: orThrow(findFirst),
    findUniqueOrThrow: orThrow(findUnique),
  }
}
