import { createLogger } from '../../src/adapters/logger.ts'
import { openRuntime, type Runtime } from '../../src/adapters/runtime.ts'
import { readConfig } from '../../src/services/config/config.ts'
import type { UserActor } from '../../src/services/kernel/actor.ts'
import { globalId } from '../../src/services/kernel/ids.ts'
import { atMost, type Figure, formatNumber, formatValues, informational, logProgress, median } from '../figures.ts'
import { seedLibrary } from '../seed.ts'
import { openWorld, type World } from '../world.ts'

const writers = 8
const rounds = 5
/** Short turns, so that what else the machine does falls on both alike. */
const samplesPerRound = 12
const sampleMs = 400

interface Sample {
  count: number
  seconds: number
}

const perSecond = (samples: Sample[]): number =>
  samples.reduce((sum, { count }) => sum + count, 0) / samples.reduce((sum, { seconds }) => sum + seconds, 0)

/** The same mutation by several writers at once; how many, and for how long. */
const write = async ({ services }: Runtime, actor: UserActor, mediaIds: string[]): Promise<Sample> => {
  const startMs = performance.now()
  let count = 0
  const work = async (mediaId: string): Promise<void> => {
    const id = globalId('Media', mediaId)
    for (let n = 0; performance.now() - startMs < sampleMs; n++) {
      await services.mediaUpdater.update(actor, { id, title: `Lecture ${n} ${startMs}` })
      count += 1
    }
  }
  await Promise.all(mediaIds.map(work))
  return { count, seconds: (performance.now() - startMs) / 1000 }
}

/** Without the trigger an event is what it was before there was a chain: one row, and nobody is woken. */
const setChainEnabled = (world: World, isEnabled: boolean) =>
  world.database.query(`ALTER TABLE "Event" ${isEnabled ? 'ENABLE' : 'DISABLE'} TRIGGER "Event_pending"`)

const waitUntilDrained = async ({ database }: World): Promise<void> => {
  for (;;) {
    const { rows } = await database.query('SELECT count(*)::int AS waiting FROM "EventPending"')
    if (rows[0].waiting === 0) return
  }
}

export const measureAppending = async (): Promise<Figure[]> => {
  await using world = await openWorld()
  await seedLibrary(world.database, 100)
  const config = readConfig(world.env)
  const runtime = await openRuntime({ config, log: createLogger('error'), isWorker: false })
  try {
    await waitUntilDrained(world)
    const { database, services } = { ...runtime.ports, services: runtime.services }
    const media = await database.media.findMany({ take: writers, select: { id: true } })
    const mediaIds = media.map(({ id }) => id)
    const identity = { externalId: 'root', name: 'Root', role: 'ADMIN', kind: 'PERSON', expiresAt: null } as const
    const actor = await services.users.resolveActor(identity, null)
    await write(runtime, actor, mediaIds)
    const results: { chained: number; bare: number }[] = []
    for (let round = 0; round < rounds; round++) {
      const samples = { chained: [] as Sample[], bare: [] as Sample[] }
      for (let sampleIndex = 0; sampleIndex < samplesPerRound; sampleIndex++)
        for (const isEnabled of sampleIndex % 2 === 0 ? [true, false] : [false, true]) {
          await setChainEnabled(world, isEnabled)
          samples[isEnabled ? 'chained' : 'bare'].push(await write(runtime, actor, mediaIds))
          await waitUntilDrained(world)
        }
      const result = { chained: perSecond(samples.chained), bare: perSecond(samples.bare) }
      logProgress(
        `round ${round + 1}: ${formatNumber(result.chained)}/s with the chain, ${formatNumber(result.bare)}/s without`,
      )
      results.push(result)
    }
    const costs = results.map(({ chained, bare }) => 100 * (bare / chained - 1))
    const all = (variant: 'chained' | 'bare') => formatNumber(median(results.map((result) => result[variant])))
    return [
      atMost(
        `cost of the chain for mediaUpdate, ${writers} at once`,
        median(costs),
        10,
        ' %',
        ` (median of ${formatValues(costs)})`,
      ),
      informational('  with and without', `${all('chained')}/s, ${all('bare')}/s`),
    ]
  } finally {
    await runtime.close()
  }
}
