import { randomUUID } from 'node:crypto'
import { describe, expect } from 'vitest'
import { globalId } from '../../../src/services/kernel/ids.ts'
import { it as base } from '../../harness/actorIt.ts'
import { newResource } from '../../harness/links.ts'
import { outcomeOf } from '../../harness/refusals.ts'
import { seedMedia } from '../../harness/seed.ts'
import { openSession } from '../../harness/session.ts'

/** `owner` and `other` are sessions of the database's owner and of another process. */
const it = base
  .extend('owner', async ({ world }, { onCleanup }) => {
    const session = await openSession(world.env['DATABASE_OWNER_URL'])
    onCleanup(() => session.end())
    return session
  })
  .extend('dawdle', async ({ owner }, { onCleanup }) => {
    await owner.query(`CREATE FUNCTION "dawdle"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF (SELECT count(*) FROM added) > 1 THEN PERFORM pg_sleep(20); END IF; RETURN NULL; END $$`)
    await owner.query(`CREATE TRIGGER "dawdle" AFTER INSERT ON "MediaUsage" REFERENCING NEW TABLE AS added
      FOR EACH STATEMENT EXECUTE FUNCTION "dawdle"()`)
    onCleanup(async () => void (await owner.query('DROP FUNCTION "dawdle" CASCADE')))
  })
  .extend('other', async ({ world }, { onCleanup }) => {
    const session = await openSession(world.env['DATABASE_URL'])
    onCleanup(() => session.end())
    return session
  })
  .extend(
    'linkAll',
    ({ world, actor }) =>
      (mediaIds: string[]) =>
        mediaIds.map((id) =>
          outcomeOf(
            world.runtime.services.usages.link(actor, {
              mediaId: globalId('Media', id),
              resource: newResource('lesson'),
            }),
          ),
        ),
  )

const commitsOf = (statements: readonly string[]) => statements.filter((sql) => sql === 'COMMIT')

describe('links of the same moment', () => {
  it('stay together without one of a missing media', async ({ world, linkAll }) => {
    const ids = [...(await seedMedia(world, 7)), randomUUID()]
    let outcomes: string[] = []
    const statements = await world.captureStatements(async () => {
      outcomes = await Promise.all(linkAll(ids))
    })
    expect(outcomes).toEqual([...Array(7).fill('done'), 'NOT_FOUND'])
    expect(commitsOf(statements)).toHaveLength(1)
  })

  it('stay together without one of a locked media', async ({ world, linkAll, other }) => {
    const ids = await seedMedia(world, 6)
    await other.query('BEGIN')
    await other.query('SELECT FROM "Media" WHERE id = $1 FOR UPDATE', [ids[0]])
    const statements = await world.captureStatements(async () => {
      const [waiting, ...others] = linkAll(ids)
      await Promise.all(others)
      await other.query('COMMIT')
      await waiting
    })
    expect(commitsOf(statements)).toHaveLength(2)
  })

  it('are made one by one if they take long together', { timeout: 30_000 }, async ({ world, linkAll, dawdle }) => {
    const ids = await seedMedia(world, 3)
    void dawdle
    const startedAt = performance.now()
    expect(await Promise.all(linkAll(ids))).toEqual(['done', 'done', 'done'])
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  })
})
