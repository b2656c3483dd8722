import { describe, expect } from 'vitest'
import { createDocuments } from '../harness/documents/documents.ts'
import { createRandom, type Random } from '../harness/random.ts'
import { compareAnswers } from './compare.ts'
import { it as base, printedSchema, roles, seed } from './differentialIt.ts'

const stepCount = Number(process.env['CACHE_STEPS'] ?? 250)

/** `it` with `change`: commits one random change past the server, as another process would, without an event. */
const it = base.extend('change', ({ plain: { database }, answers: { pool } }) => {
  const { media, resources } = pool.library
  const changes: ((random: Random) => Promise<unknown>)[] = [
    (random) => database.rendition.updateMany({ data: { percent: random.integer(0, 1000) / 10 } }),
    (random) =>
      database.media.update({ where: { id: random.one(media).id }, data: { title: `Title ${random.integer(0, 9)}` } }),
    (random) => database.user.updateMany({ data: { name: `Name ${random.integer(0, 9)}` } }),
    (random) =>
      database.media.update({
        where: { id: random.one(media).id },
        data: { deletedAt: random.chance(0.5) ? new Date(random.integer(1, 1e12)) : null },
      }),
    (random) =>
      database.resource.update({ where: { id: random.one(resources).id }, data: { title: `${random.integer(0, 9)}` } }),
    (random) => database.operation.updateMany({ data: { processed: random.integer(0, 6) } }),
  ]
  return (random: Random) => random.one(changes)(random)
})

describe('a repeated document', () => {
  it('gets the answer of the database at that time, for its own caller', async ({ world, answers, change }) => {
    const random = createRandom(seed)
    const createDocument = createDocuments(printedSchema, answers.pool)
    const fixed = ['{ viewer { id name } mediaList { nodes { title deletedAt viewerCanUpdate { allowed } } } }']
    const queries = [
      ...fixed.map((query) => ({ query })),
      ...Array.from({ length: 5 }, () => createDocument(random, 'query')),
    ]
    let repeatedCount = 0
    for (let step = 0; step < stepCount; step++) {
      if (random.chance(0.1)) await change(random)
      const [role, operation] = [random.one(roles), random.one(queries)]
      let text = ''
      const statements = await world.captureStatements(async () => {
        text = (await answers.server(role, operation)).text
      })
      if (statements.length === 0) repeatedCount += 1
      const expected = await answers.plain(role, operation)
      const context = `DIFFERENTIAL_SEED=${seed}, step ${step}: ${operation.query}`
      if (expected !== null && compareAnswers(text, expected) === 'real' && !text.includes(' limit '))
        expect(text, context).toBe(expected)
    }
    // A few at least: many random documents have errors or depend on the time.
    expect(repeatedCount).toBeGreaterThan(0)
  })
})
