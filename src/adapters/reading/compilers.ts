import { toArgs, unsupported } from './arguments.ts'
import { createBatches } from './batches.ts'
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
  const batches = createBatches(reader)

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

  const findUnique: Compile = (args) => {
    const { args: rowArgs, batchField: idField, isFieldHidden: isIdHidden } = toUniqueRead(model, args)
    if (idField === null) return findOne(rowArgs)
    const statement = compileRead(models, model, rowArgs)
    const [ids] = statement.values
    const id = Array.isArray(ids) ? String(ids[0]) : ''
    return (call) => batches.find({ statement, idField, isIdHidden }, id, call)
  }

  return {
    findMany,
    findFirst,
    findUnique,
    findFirstOrThrow: orThrow(findFirst),
    findUniqueOrThrow: orThrow(findUnique),
  }
}
