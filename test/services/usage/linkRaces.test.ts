import { expect } from 'vitest'
import { databasePoolSize } from '../../../src/adapters/database.ts'
import { globalId } from '../../../src/services/kernel/ids.ts'
import { createLanes } from '../../../src/services/locking/lanes.ts'
import { createUsages } from '../../../src/services/usage/usages.ts'
import { it as base } from '../../harness/actorIt.ts'
import { outcomeOf } from '../../harness/refusals.ts'
import { seedMedia } from '../../harness/seed.ts'

const callCount = 400
const callsAtOnce = 24
const resource = (type: string, index: number) => ({ type, externalId: `race-${type}-${index}` })

/** Makes random changes of few media and few lessons; resolves to their outcomes. */
const it = base.extend('race', async ({ world, actor }) => {
  const { services, ports } = world.runtime
  const ids = (await seedMedia(world, 12)).map((id) => globalId('Media', id))
  /** Batches of another process: they share no queue with those of this one. */
  const lanes = createLanes({ database: ports.database, poolSize: databasePoolSize })
  const all = [services.usages, createUsages({ database: ports.database, lanes, clock: ports.clock })]
  const pick = (count: number) => Math.floor(Math.random() * count)

  const change = async (): Promise<unknown> => {
    const mediaId = ids[pick(ids.length)] ?? ''
    const usages = all[pick(2)] ?? services.usages
    const lesson = resource('lesson', pick(10))
    const kind = pick(20)
    if (kind < 11) return usages.link(actor, { mediaId, resource: lesson })
    if (kind < 13) return usages.link(actor, { mediaId, resource: { ...lesson, parent: resource('course', pick(2)) } })
    if (kind < 16) return usages.unlink(actor, { mediaId, resource: lesson })
    if (kind < 17) return services.trash.delete(actor, { id: mediaId, force: true })
    if (kind < 19) return services.trash.restore(actor, mediaId)
    return services.resources.delete(actor, lesson)
  }

  return async () => {
    const outcomes: string[] = []
    const work = async () => {
      while (outcomes.length < callCount) outcomes.push(await outcomeOf(change()))
    }
    await Promise.all(Array.from({ length: callsAtOnce }, work))
    return outcomes
  }
})

it('links stay counted exactly while media and resources change', { timeout: 120_000 }, async ({ world, race }) => {
  const outcomes = await race()
  expect(outcomes.filter((outcome) => !['done', 'NOT_FOUND', 'STATE_CONFLICT'].includes(outcome))).toEqual([])
  const wrong = await world.runtime.ports.database.$queryRaw`
    SELECT * FROM (
      SELECT media."id", media."usageCount", media."unusedSince", media."deletedAt", count(usage."id")::int AS "links",
        count(*) FILTER (WHERE resource."deletedAt" IS NOT NULL)::int AS "lost"
      FROM "Media" AS media LEFT JOIN "MediaUsage" AS usage ON usage."mediaId" = media."id"
        LEFT JOIN "Resource" AS resource ON resource."id" = usage."resourceId"
      GROUP BY media."id"
    ) AS counted
    WHERE "usageCount" <> "links" OR "lost" > 0 OR ("unusedSince" IS NULL) <> ("links" > 0)
      OR ("deletedAt" IS NOT NULL AND "links" > 0)`
  expect(wrong).toEqual([])
  const wronglyLogged = await world.runtime.ports.database.$queryRaw`
    SELECT * FROM (
      SELECT "nodeId", "data"->>'resourceId' AS "resourceId",
        sum(CASE "action" WHEN 'media.linked' THEN 1 ELSE -1 END)::int AS "logged"
      FROM "Event" WHERE "action" IN ('media.linked', 'media.unlinked') GROUP BY 1, 2
    ) AS event FULL JOIN "MediaUsage" AS usage
      ON usage."mediaId" = event."nodeId" AND usage."resourceId"::text = event."resourceId"
    WHERE coalesce("logged", 0) <> CASE WHEN usage."id" IS NULL THEN 0 ELSE 1 END`
  expect(wronglyLogged).toEqual([])
})
