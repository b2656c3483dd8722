import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { document } from '../../scripts/events/document.ts'
import { actions } from '../../src/services/events.ts'
import { type ChainWorld, openChain } from '../harness/chain.ts'

let world: ChainWorld
beforeAll(async () => {
  world = await openChain()
})
afterAll(() => world?.close())

it('docs/events.md is committed as the code prints it', async () => {
  // `npm run schema` writes it anew; integrators read the difference.
  expect(await readFile(new URL('../../docs/events.md', import.meta.url), 'utf8')).toBe(document)
})

it('docs/events.md names every action with its data', () => {
  for (const name of Object.keys(actions)) expect(document).toContain(`| \`${name}\` |`)
  expect(document).toContain('`{ resourceId: UUID, usageId: UUID }`')
  expect(document).toContain('folderId?: { from: Relay id \\| null, to: Relay id \\| null }')
})

it('the chain can be followed by its description alone', async () => {
  const [canonical] = /^\[1, "0198.*\]$/m.exec(document) ?? []
  const [id, nodeId] = ['0198c5f0-0000-7000-8000-000000000001', '0198c5f0-0000-7000-8000-000000000002']
  await world.owner.query(
    `INSERT INTO "Event" ("id", "at", "action", "nodeType", "nodeId", "data")
     VALUES ($1, '2025-11-25T17:00:00.123Z', 'user.appeared', 'User', $2, '{"externalId":"ada","name":"Ada"}')`,
    [id, nodeId],
  )
  await world.settle()
  const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest()
  const expected = sha256(Buffer.concat([Buffer.alloc(32), sha256(canonical ?? '')]))
  const { rows } = await world.owner.query('SELECT "hash" FROM "EventChain" WHERE "position" = 1')
  expect(rows[0].hash.toString('hex')).toBe(expected.toString('hex'))
})
