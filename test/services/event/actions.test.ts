import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { eventsDocument } from '../../../scripts/events/document.ts'
import { actions } from '../../../src/services/event/actions.ts'
import { it } from '../../harness/chainIt.ts'

describe('docs/events.md', () => {
  it('is up to date with the code', async () => {
    // `npm run schema` updates it; integrators read its diff.
    expect(await readFile(new URL('../../../docs/events.md', import.meta.url), 'utf8')).toBe(eventsDocument)
  })

  it('lists every action with its node type and its data', () => {
    for (const [name, { nodeType }] of Object.entries(actions))
      expect(eventsDocument).toContain(`| \`${name}\` | \`${nodeType}\` |`)
    expect(eventsDocument).toContain('`{ resourceId: UUID, usageId: UUID }`')
    expect(eventsDocument).toContain('folderId?: { from: Relay id \\| null, to: Relay id \\| null }')
  })

  it('describes the hash chain well enough to compute a hash from it', async ({ world }) => {
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
})
