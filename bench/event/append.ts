import { createLogger } from '../../src/adapters/logger.ts'
import { openRuntime, type Runtime } from '../../src/adapters/runtime.ts'
import { readConfig } from '../../src/services/config/config.ts'
import type { UserActor } from '../../src/services/kernel/actor.ts'
import { globalId } from '../../src/services/kernel/ids.ts'
import { atMost, type Figure, formatNumber, formatValues, informational, logProgress, median } from '../figures.ts'
import { seedMediaRows } from '../seed.ts'
import { openWorld, type World } from '../world.ts'

const writers = 8
const rounds = 5
/** Short alternating samples, so that other load on the machine affects both variants equally. */
const samplesPerRound = 12
const sampleMs = 400

interface Sample {
  count: number
  seconds: number
}

const ratePerSecond = (samples: Sample[]): number =>
  samples.reduce((sum, { count }) => sum + count, 0) / samples.reduce((sum, { seconds }) => sum + seconds, 0)

/** Runs the same mutation with several concurrent writers, one per media. Returns the number of calls and the duration. */
const runWriters = async ({ services }: Runtime, actor: UserActor, mediaIds: string[]): Promise<Sample> => {
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

/** Toggles the trigger. Without it an event is written as before the hash chain existed: one row, and no wake-up. */
const setChainEnabled = (world: World, isEnabled: boolean) =>
  world.database.query(`ALTER TABLE "Event" ${isEnabled ? 'ENABLE' : 'DISABLE'} TRIGGER "Event_pending"`)

const waitUntilDrained = async ({ database }: World): Promise<void> => {
  for (;;) {
    const { rows } = await database.query('SELECT count(*)::int AS pending FROM "EventPending"')
    if (rows[0].pending === 0) return
  }
}

export const measureAppend = async (): Promise<Figure[]> => {
  await using world = await openWorld()
  await seedMediaRows(world.database, 100)
  const config = readConfig(world.env)
  const runtime = await openRuntime({ config, log: createLogger('error'), isWorker: false })
  try {
    await waitUntilDrained(world)
    const { database, services } = { ...runtime.ports, services: runtime.services }
    const media = await database.media.findMany({ take: writers, select: { id: true } })
    const mediaIds = media.map(({ id }) => id)
    const identity = {
      externalId: 'root',
      name: 'Root',
      role: 'ADMIN',
      kind: 'PERSON',
      hasName: true,
      expiresAt: null,
    } as const
    const actor = await services.users.resolveActor(identity, null)
    await runWriters(runtime, actor, mediaIds)
    const results: { withChain: number; withoutChain: number }[] = []
    for (let round = 0; round < rounds; round++) {
      const samples = { withChain: [] as Sample[], withoutChain: [] as Sample[] }
      for (let sampleIndex = 0; sampleIndex < samplesPerRound; sampleIndex++)
        for (const isEnabled of sampleIndex % 2 === 0 ? [true, false] : [false, true]) {
          await setChainEnabled(world, isEnabled)
          samples[isEnabled ? 'withChain' : 'withoutChain'].push(await runWriters(runtime, actor, mediaIds))
          await waitUntilDrained(world)
        }
      const result = { withChain: ratePerSecond(samples.withChain), withoutChain: ratePerSecond(samples.withoutChain) }
      logProgress(
        `Round ${round + 1}: ${formatNumber(result.withChain)}/s with the chain, ${formatNumber(result.withoutChain)}/s without`,
      )
      results.push(result)
    }
    const costs = results.map(({ withChain, withoutChain }) => 100 * (withoutChain / withChain - 1))
    const medianOf = (variant: 'withChain' | 'withoutChain') =>
      formatNumber(median(results.map((result) => result[variant])))
    return [
      atMost(
        `cost of the hash chain for mediaUpdate, ${writers} writers`,
        median(costs),
        10,
        ' %',
        ` (median of ${formatValues(costs)})`,
      ),
      informational('  with the chain, without it', `${medianOf('withChain')}/s, ${medianOf('withoutChain')}/s`),
    ]
  } finally {
    await runtime.close()
  }
}
