import { datamodel } from '../../../prisma/generated/reading.ts'
import type { Database } from '../../services/kernel/ports.ts'
import { toArgs, Unsupported, unsupported } from './arguments.ts'
import { createBatches } from './batches.ts'
import { createModels, type Model, type Models } from './model.ts'
import { createLazyPromise, type PrismaPromise } from './promise.ts'
import type { Call, Reader } from './reader.ts'
import { compileRead } from './statement.ts'
import { isSelected, toUniqueRead } from './unique.ts'

/** Prisma's methods of a model. */
type Delegate = Record<string, (args?: unknown) => PrismaPromise>

/** Starts a compiled read. */
type Start = (call: Call) => Promise<unknown>

type Compile = (args: unknown) => Start

interface CompiledReadsOptions {
  client: Database
  reader: Reader
  /** Closes the client. */
  close: () => Promise<void>
  /** Called with the call that Prisma answers since it is not compiled, and why. */
  onFallback?: (call: string, reason: string) => void
}

const createCompilers = (models: Models, model: Model, reader: Reader): Record<string, Compile> => {
  const batches = createBatches(reader)

  const findMany: Compile = (args) => {
    const statement = compileRead(models, model, args === undefined ? {} : toArgs(args, 'the arguments'))
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
    const given = args === undefined ? {} : toArgs(args, 'the arguments')
    return given['take'] === undefined ? findOne({ ...given, take: 1 }) : unsupported('findFirst with take')
  }

  const findUnique: Compile = (args) => {
    const { args: rowArgs, batchField } = toUniqueRead(model, args)
    const statement = compileRead(models, model, rowArgs)
    if (batchField === null) return findOne(rowArgs)
    const [ids] = statement.values
    const id = Array.isArray(ids) ? String(ids[0]) : ''
    return (call) => batches.find(statement, isSelected(rowArgs, batchField) ? batchField : null, id, call)
  }

  /** Prisma refuses a missing row itself. */
  const orThrow =
    (compile: Compile): Compile =>
    (args) => {
      const start = compile(args)
      return async (call) => (await start(call)) ?? call.fallBack()
    }

  return {
    findMany,
    findFirst,
    findUnique,
    findFirstOrThrow: orThrow(findFirst),
    findUniqueOrThrow: orThrow(findUnique),
  }
}

const createDelegate = (models: Models, model: Model, options: CompiledReadsOptions, delegate: Delegate): Delegate => {
  const toMethod = (method: string, compile: Compile) => (args?: unknown) => {
    const ask = (): PrismaPromise => delegate[method]?.(args) ?? Promise.reject(new Error(`There is no ${method}.`))
    try {
      const start = compile(args)
      return createLazyPromise(() => start({ model: model.name, method, fallBack: ask }), ask)
    } catch (error) {
      if (!(error instanceof Unsupported)) throw error
      options.onFallback?.(`${model.name}.${method}`, error.message)
      return ask()
    }
  }
  const compilers = Object.entries(createCompilers(models, model, options.reader))
  const methods = new Map<string | symbol, unknown>(
    compilers.map(([method, compile]) => [method, toMethod(method, compile)]),
  )
  return new Proxy(delegate, { get: (target, property) => methods.get(property) ?? Reflect.get(target, property) })
}

const propertyOf = (model: string): string => model.charAt(0).toLowerCase() + model.slice(1)

/** Returns Prisma's client with its reads of rows compiled, outside transactions. All other calls are Prisma's. */
export const withCompiledReads = (options: CompiledReadsOptions): Database => {
  const { client } = options
  const models = createModels(datamodel)
  const delegates = new Map<string | symbol, unknown>(
    [...models.values()].map((model) => {
      const property = propertyOf(model.name)
      const delegate = Reflect.get(client, property) as Delegate // as: Prisma's client has a delegate for each model
      return [property, createDelegate(models, model, options, delegate)]
    }),
  )
  return new Proxy(client, {
    get(target, property) {
      const delegate = delegates.get(property)
      if (delegate !== undefined) return delegate
      if (property === '$disconnect') return options.close
      const value: unknown = Reflect.get(target, property)
      // Bound, so that transactions have Prisma's own delegates.
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
