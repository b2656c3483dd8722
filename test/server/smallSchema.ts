import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import { pageCost } from '../../src/schema/cost.ts'
import type { UserActor } from '../../src/services/kernel/actor.ts'
import { ForbiddenError, InvalidInputError, NotFoundError } from '../../src/services/kernel/errors.ts'
import { source } from './source.ts'

/** Creates a promise that the test settles. */
export const deferred = <Value = void>() => Promise.withResolvers<Value>()

interface Context {
  actor: UserActor
  requestId: string
  /** Number of this context, which distinguishes it from all others. */
  serial: number
}

/** Controls of the resolvers of the small schema, and counters that they update. */
export interface Switches {
  touchCount: number
  /** Awaited by every mutation, with its caller. */
  onTouch: (actor: UserActor) => Promise<void>
  /** Number of open subscription sources. */
  openSources: number
  /** Number of sources opened so far. */
  totalSources: number
  /** Called whenever a source opens or closes. */
  onSources: () => void
  slowStarted: PromiseWithResolvers<void>
  slowMayEnd: PromiseWithResolvers<void>
  failContext: boolean
  failUsers: boolean
  /** Awaited before each authentication. */
  onAuthenticate: () => Promise<void>
  /** Events that all subscribers of `ticks` share, in order; the test resolves them. */
  ticks: PromiseWithResolvers<Tick>[]
  /** Number of executed events of `ticks`. */
  tickExecutions: number
}

interface Tick {
  text: string
  isBroken?: boolean
}

/** Returns the event of `ticks` with this number, which may have to be resolved yet. */
const tickAt = (switches: Switches, index: number): PromiseWithResolvers<Tick> => {
  const tick = switches.ticks[index] ?? deferred<Tick>()
  switches.ticks[index] = tick
  return tick
}

/** Sends the event of `ticks` with this number to all subscribers. */
export const sendTick = (switches: Switches, index: number, tick: Tick): void => tickAt(switches, index).resolve(tick)

export const createSwitches = (): Switches => ({
  touchCount: 0,
  onTouch: async () => {},
  openSources: 0,
  totalSources: 0,
  onSources: () => {},
  slowStarted: deferred(),
  slowMayEnd: deferred(),
  failContext: false,
  failUsers: false,
  onAuthenticate: async () => {},
  ticks: [],
  tickExecutions: 0,
})

interface Item {
  level: number
}

export const createSchema = (switches: Switches) => {
  const builder = new SchemaBuilder<{
    Context: Context
    DefaultFieldNullability: false
    Objects: { Item: Item; Tick: Tick }
  }>({
    plugins: [ComplexityPlugin],
    defaultFieldNullability: false,
    complexity: { defaultComplexity: 1, defaultListMultiplier: 10 },
  } as never) // as: the types require options of the real schema's other plugins
  const page = builder.args((t) => ({ first: t.int(), last: t.int() }))

  const Colour = builder.enumType('Colour', { values: ['RED', 'BLUE'] as const })
  const Filter = builder.inputType('Filter', {
    fields: (t) => ({ name: t.string(), colour: t.field({ type: Colour }) }),
  })

  builder.objectType('Item', {
    fields: (t) => ({
      level: t.exposeInt('level'),
      down: t.field({ type: 'Item', resolve: ({ level }) => ({ level: level + 1 }) }),
      items: t.field({
        type: ['Item'],
        args: page,
        complexity: pageCost,
        resolve: ({ level }) => [{ level: level + 1 }],
      }),
    }),
  })
  builder.objectType('Tick', {
    fields: (t) => ({
      text: t.exposeString('text'),
      execution: t.int({ resolve: () => ++switches.tickExecutions }),
      role: t.string({ resolve: (_, __, { actor }) => actor.role }),
      userId: t.string({ extensions: { dependsOnCaller: true }, resolve: (_, __, { actor }) => actor.userId }),
      broken: t.string({
        nullable: true,
        resolve: ({ isBroken }) => {
          switches.tickExecutions += 1
          if (isBroken === true) throw new Error('password=hunter2')
          return 'whole'
        },
      }),
    }),
  })
  builder.queryType({
    fields: (t) => ({
      hello: t.string({ resolve: () => 'world' }),
      role: t.string({ resolve: (_, __, { actor }) => actor.role }),
      requestId: t.string({ resolve: (_, __, { requestId }) => requestId }),
      item: t.field({ type: 'Item', resolve: () => ({ level: 0 }) }),
      items: t.field({
        type: ['Item'],
        args: page,
        complexity: pageCost,
        resolve: () => [{ level: 0 }],
      }),
      filtered: t.int({ args: { filter: t.arg({ type: Filter }) }, resolve: () => 0 }),
      sum: t.int({
        args: { of: t.arg.intList({ required: true }) },
        resolve: (_, { of }) => of.reduce((sum, value) => sum + value, 0),
      }),
      bug: t.string({
        nullable: true,
        resolve: () => {
          throw new Error('password=hunter2', { cause: new Error('the cause') })
        },
      }),
      wrongOutput: t.int({ nullable: true, resolve: () => 'hunter2' as unknown as number }), // as: a bug on purpose
      missing: t.string({
        nullable: true,
        resolve: () => {
          throw new NotFoundError('There is no such media.', 'Media:1')
        },
      }),
      invalid: t.string({
        nullable: true,
        resolve: () => {
          throw new InvalidInputError([{ path: 'name', message: 'is empty' }])
        },
      }),
      patient: t.string({
        extensions: { timeoutMs: 60_000 },
        resolve: async () => {
          await switches.slowMayEnd.promise
          return 'done'
        },
      }),
      slow: t.string({
        resolve: async () => {
          switches.slowStarted.resolve()
          await switches.slowMayEnd.promise
          return 'done'
        },
      }),
    }),
  })
  const touch = async (_: unknown, { by }: { by?: number | null }, { actor }: Context): Promise<number> => {
    switches.touchCount += by ?? 1
    const { touchCount } = switches
    await switches.onTouch(actor)
    return touchCount
  }
  const steps = builder.args((t) => ({ by: t.int() }))
  builder.mutationType({
    fields: (t) => ({
      touch: t.int({ args: steps, resolve: touch }),
      mayTouch: t.int({ args: steps, nullable: true, resolve: touch }),
      mediaUploadCreate: t.int({ args: steps, extensions: { rateClass: 'uploads' }, resolve: touch }),
      mediaBulkTag: t.int({ args: steps, extensions: { rateClass: 'bulk' }, resolve: touch }),
    }),
  })
  builder.subscriptionType({
    fields: (t) => ({
      count: t.int({
        args: { to: t.arg.int({ required: true }) },
        subscribe: (_, { to }) => source(switches, async (index) => (index < to ? index + 1 : null)),
        resolve: (value: unknown) => value as number, // as: what subscribe yields
      }),
      serials: t.int({
        args: { events: t.arg.int({ required: true }) },
        subscribe: (_, { events }) => source(switches, async (index) => (index < events ? index + 1 : null)),
        resolve: (_, __, { serial }) => serial,
      }),
      ticks: t.field({
        type: 'Tick',
        subscribe: () => source(switches, (index) => tickAt(switches, index).promise),
        resolve: (tick) => tick as Tick, // as: what subscribe yields
      }),
      forever: t.int({
        subscribe: () => source(switches, async (index) => (index === 0 ? 1 : deferred<number>().promise)),
        resolve: (value: unknown) => value as number, // as: what subscribe yields
      }),
      slowEvent: t.int({
        nullable: true,
        subscribe: () => source(switches, async (index) => (index < 2 ? index + 1 : null)),
        resolve: async (value: unknown) => {
          if (value === 1) await switches.slowMayEnd.promise
          return value as number // as: what subscribe yields
        },
      }),
      slowStart: t.int({
        subscribe: async () => {
          await switches.slowMayEnd.promise
          return source(switches, async (index) => (index === 0 ? 1 : null))
        },
        resolve: (value: unknown) => value as number, // as: what subscribe yields
      }),
      flood: t.string({
        subscribe: () => source(switches, async () => 'x'.repeat(256 * 1024)),
        resolve: (value: unknown) => value as string, // as: what subscribe yields
      }),
      items: t.field({
        type: ['Item'],
        args: page,
        complexity: pageCost,
        subscribe: () => source(switches, async (index) => (index === 0 ? 1 : null)),
        resolve: () => [{ level: 0 }],
      }),
      eventBug: t.int({
        nullable: true,
        subscribe: () => source(switches, async (index) => (index < 2 ? index + 1 : null)),
        resolve: (value: unknown) => {
          if (value === 1) throw new Error('password=hunter2')
          return value as number // as: what subscribe yields
        },
      }),
      wrongEvent: t.int({
        nullable: true,
        subscribe: () => source(switches, async (index) => (index === 0 ? 1 : null)),
        resolve: () => 'hunter2' as unknown as number, // as: a bug on purpose
      }),
      sourceBug: t.int({
        subscribe: () =>
          source(switches, async (index) => {
            if (index === 1) throw new Error('password=hunter2')
            return index + 1
          }),
        resolve: (value: unknown) => value as number, // as: what subscribe yields
      }),
      subscribeBug: t.int({
        subscribe: () => {
          throw new Error('password=hunter2')
        },
        resolve: () => 1,
      }),
      forbidden: t.int({
        subscribe: () => {
          throw new ForbiddenError('You may not follow this media.')
        },
        resolve: () => 1,
      }),
    }),
  })
  return builder.toSchema()
}

/** Makes mutations wait: `started` resolves with the first one, and all end once `mayEnd` resolves. */
export const holdTouch = (switches: Switches) => {
  const [started, mayEnd] = [deferred(), deferred()]
  switches.onTouch = () => {
    started.resolve()
    return mayEnd.promise
  }
  return { started: started.promise, mayEnd }
}

/** Resolves once the expected number of sources is open; checked whenever one opens or closes. */
export const waitForSources = (switches: Switches, expected: number): Promise<void> =>
  new Promise((resolve) => {
    const check = () => {
      if (switches.openSources === expected) resolve()
    }
    switches.onSources = check
    check()
  })
