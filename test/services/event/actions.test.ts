import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventsDocument } from '../../../scripts/events/document.ts'
import { actions, record } from '../../../src/services/event/actions.ts'
import { system } from '../../../src/services/kernel/actor.ts'
import { type ChainWorld, openChainWorld } from '../../harness/chain.ts'

let world: ChainWorld
beforeAll(async () => {
  world = await openChainWorld()
})
afterAll(() => world?.close())

it('docs/events.md is committed as the code prints it', async () => {
  // `npm run schema` writes it anew; integrators read the difference.
  expect(await readFile(new URL('../../../docs/events.md', import.meta.url), 'utf8')).toBe(eventsDocument)
})

it('docs/events.md names every action with its data', () => {
  for (const name of Object.keys(actions)) expect(eventsDocument).toContain(`| \`${name}\` |`)
  expect(eventsDocument).toContain('`{ resourceId: UUID, usageId: UUID }`')
  expect(eventsDocument).toContain('folderId?: { from: Relay id \\| null, to: Relay id \\| null }')
})

it('the chain can be followed by its description alone', async () => {
  const [canonical] = /^\[1, "0198.*\]$/m.exec(eventsDocument) ?? []
  const [id, nodeId] = ['0198c5f0-0000-7000-8000-000000000001', '0198c5f0-0000-7000-8000-000000000002']
  await world.ownerClient.query(
    `INSERT INTO "Event" ("id", "at", "action", "nodeType", "nodeId", "data")
     VALUES ($1, '2025-11-25T17:00:00.123Z', 'user.appeared', 'User', $2, '{"externalId":"ada","name":"Ada"}')`,
    [id, nodeId],
  )
  await world.sequencePending()
  const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest()
  const expected = sha256(Buffer.concat([Buffer.alloc(32), sha256(canonical ?? '')]))
  const { rows } = await world.ownerClient.query('SELECT "hash" FROM "EventChain" WHERE "position" = 1')
  expect(rows[0].hash.toString('hex')).toBe(expected.toString('hex'))
})

it('takes any number of rows, in order', async () => {
  const nodeId = '0198c5f0-0000-7000-8000-000000000009'
  const rows = Array.from({ length: 20_500 }, (_, n) => ({
    action: 'user.appeared' as const,
    nodeType: 'User' as const,
    nodeId,
    mediaId: null,
    data: { externalId: `${n}`, name: 'Ada' },
  }))
  await world.database.$transaction((transaction) => record(transaction, system, rows), { timeout: 60_000 })
  const { rows: written } = await world.ownerClient.query(
    `SELECT (data->>'externalId')::int AS n FROM "Event" WHERE "nodeId" = $1 ORDER BY id`,
    [nodeId],
  )
  expect(written.map(({ n }) => n)).toEqual(rows.map((_, n) => n))
})
