import { datamodel } from '../../../prisma/generated/reading.ts'
import { logRelations } from '../../services/kernel/logRelations.ts'
import type { Database } from '../../services/kernel/ports.ts'
import { Unsupported } from './arguments.ts'
import { type Compile, createCompilers } from './compilers.ts'
import type { ExtraRelation } from './datamodel.ts'
import { createModels, type Model, type Models } from './model.ts'
import { withoutExtraRelations } from './prismaArguments.ts'
import { createLazyPromise, type PrismaPromise } from './promise.ts'
import type { Reader } from './reader.ts'

/** Prisma's methods of a model. */
type Delegate = Record<string, (args?: unknown) => PrismaPromise>

interface DelegateOptions {
  reader: Reader
  /** Called with each call that Prisma answers since it is not compiled, and why. */
  onFallback?: (call: string, reason: string) => void
}

interface CompiledReadsOptions extends DelegateOptions {
  client: Database
  /** Closes the client. */
  close: () => Promise<void>
}

/** Lists that only compiled reads know. No foreign key leads out of the log, so Prisma refuses them. */
const extraRelations: readonly ExtraRelation[] = logRelations

const createDelegate = (models: Models, model: Model, options: DelegateOptions, delegate: Delegate): Delegate => {
  const toMethod = (method: string, compile: Compile) => (args?: unknown) => {
    const ask = (): PrismaPromise =>
      delegate[method]?.(withoutExtraRelations(models, model, args)) ??
      Promise.reject(new Error(`There is no ${method}.`))
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

/** Finds the methods of a transaction's models by the names of their properties. */
type FindDelegate = (property: string | symbol) => Delegate | undefined

/** Prepares the compilation of reads in transactions, each of which has a reader of its own. */
export const createTransactionReads = () => {
  const models = createModels(datamodel, extraRelations)
  const byProperty = new Map<string | symbol, Model>(
    [...models.values()].map((model) => [propertyOf(model.name), model]),
  )
  return (transaction: object, options: DelegateOptions): FindDelegate => {
    const delegates = new Map<string | symbol, Delegate>()
    return (property) => {
      const model = byProperty.get(property)
      if (model === undefined || delegates.has(property)) return delegates.get(property)
      const delegate = Reflect.get(transaction, property) as Delegate // as: Prisma's client has a delegate for each model
      delegates.set(property, createDelegate(models, model, options, delegate))
      return delegates.get(property)
    }
  }
}

/** Returns a client with its reads of rows compiled, outside transactions. All other calls are those of `client`. */
export const withCompiledReads = (options: CompiledReadsOptions): Database => {
  const { client } = options
  const models = createModels(datamodel, extraRelations)
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
      // Bound, so that calls within the client do not come back here.
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
