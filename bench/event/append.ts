import { createLog } from '../../src/adapters/logger.ts'
import { openRuntime, type Runtime } from '../../src/adapters/runtime.ts'
import { readConfig } from '../../src/services/config/config.ts'
import type { UserActor } from '../../src/services/kernel/actor.ts'
import { globalId } from '../../src/services/kernel/ids.ts'
import { atMost, type Figure, forTheRecord, median, say, shown, spread } from '../figures.ts'
import { seedLibrary } from '../seed.ts'
import { openWorld, type World } from '../world.ts'

const writers = 8
const rounds = 5
/** Short turns, so that what else the machine does falls on both alike. */
const turnsPerRound = 12
const turnMs = 400

interface Turn {
  count: number
  seconds: number
}

const perSecond = (turns: Turn[]): number =>
  turns.reduce((sum, { count }) => sum + count, 0) / turns.reduce((sum, { seconds }) => sum + seconds, 0)

/** The same mutation by several writers at once; how many, and for how long. */
const write = async ({ services }: Runtime, actor: UserActor, mediaIds: string[]): Promise<Turn> => {
  const began = performance.now()
  let count = 0
  const work = async (mediaId: string): Promise<void> => {
    const id = globalId('Media', mediaId)
    for (let n = 0; performance.now() - began < turnMs; n++) {
      await services.description.update(actor, { id, title: `Lecture ${n} ${began}` })
      count += 1
    }
  }
  await Promise.all(mediaIds.map(work))
  return { count, seconds: (performance.now() - began) / 1000 }
}

/** Without the trigger an event is what it was before there was a chain: one row, and nobody is woken. */
const chain = (world: World, isOn: boolean) =>
  world.database.query(`ALTER TABLE "Event" ${isOn ? 'ENABLE' : 'DISABLE'} TRIGGER "Event_pending"`)

const drained = async ({ database }: World): Promise<void> => {
  for (;;) {
    const { rows } = await database.query('SELECT count(*)::int AS waiting FROM "EventPending"')
    if (rows[0].waiting === 0) return
  }
}

export const measureAppending = async (): Promise<Figure[]> => {
  await using world = await openWorld()
  await seedLibrary(world.database, 100)
  const config = readConfig(world.env)
  const runtime = await openRuntime({ config, log: createLog('error'), works: false })
  try {
    await drained(world)
    const { database, services } = { ...runtime.ports, services: runtime.services }
    const media = await database.media.findMany({ take: writers, select: { id: true } })
    const mediaIds = media.map(({ id }) => id)
    const identity = { externalId: 'root', name: 'Root', role: 'ADMIN', kind: 'PERSON', expiresAt: null } as const
    const actor = await services.users.recognise(identity, null)
    await write(runtime, actor, mediaIds)
    const results: { chained: number; bare: number }[] = []
    for (let round = 0; round < rounds; round++) {
      const turns = { chained: [] as Turn[], bare: [] as Turn[] }
      for (let turn = 0; turn < turnsPerRound; turn++)
        for (const isOn of turn % 2 === 0 ? [true, false] : [false, true]) {
          await chain(world, isOn)
          turns[isOn ? 'chained' : 'bare'].push(await write(runtime, actor, mediaIds))
          await drained(world)
        }
      const result = { chained: perSecond(turns.chained), bare: perSecond(turns.bare) }
      say(`round ${round + 1}: ${shown(result.chained)}/s with the chain, ${shown(result.bare)}/s without`)
      results.push(result)
    }
    const costs = results.map(({ chained, bare }) => 100 * (bare / chained - 1))
    const all = (whose: 'chained' | 'bare') => shown(median(results.map((result) => result[whose])))
    return [
      atMost(
        `cost of the chain for mediaUpdate, ${writers} at once`,
        median(costs),
        10,
        ' %',
        ` (median of ${spread(costs)})`,
      ),
      forTheRecord('  with and without', `${all('chained')}/s, ${all('bare')}/s`),
    ]
  } finally {
    await runtime.close()
  }
}
