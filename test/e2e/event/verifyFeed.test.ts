import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { expect, vi } from 'vitest'
import { VerifiableFeedDocument } from '../../../client/generated/documents.ts'
import { createFeedVerifier, type FeedEvent } from '../../../client/verifyFeed.ts'
import { it as base } from '../../harness/it.ts'
import { createTicket } from '../../harness/tickets.ts'

const script = join(import.meta.dirname, '..', '..', '..', 'client', 'verifyFeed.ts')
const run = (env: Record<string, string>, ...args: string[]) =>
  promisify(execFile)(process.execPath, [script, ...args], { env: { ...process.env, ...env } })

const it = base
  /** All events, as an outsider gets them, and the last hash of the chain in the database. */
  .extend('log', { scope: 'file' }, async ({ world, users: { admin, editor } }) => {
    const { database } = world.runtime.ports
    for (const fileName of ['a.mp4', 'Übung "1" – 数学.mp4', 'tab\tand\\slash.mp4'])
      await createTicket(editor, { fileName }).catch(() => undefined) // control characters may be refused
    await database.$executeRaw`
      INSERT INTO "Event" ("id", "action", "nodeType", "nodeId", "data") VALUES (gen_random_uuid(), 'user.changed', 'User',
        gen_random_uuid(), '{"zz": 1, "é": [true, null, {}], "a": {"bb": -0.5, "a": []}, "ab": "\\u0001\\u2028\\"\\n"}')`
    await admin.send(VerifiableFeedDocument, { first: 1 }) // the first call of a user is an event too
    await vi.waitUntil(async () => (await database.eventPending.count()) === 0, { timeout: 10_000, interval: 10 })
    const { eventFeed } = await admin.send(VerifiableFeedDocument, { first: 100 })
    const last = await database.eventChain.findFirstOrThrow({ orderBy: { position: 'desc' } })
    const head = `${String(last.position).padStart(16, '0')}-${Buffer.from(last.hash).toString('hex')}`
    return { events: eventFeed.nodes as FeedEvent[], head } // as: every event is numbered
  })

const verifyAll = (events: readonly FeedEvent[]) => {
  const verifier = createFeedVerifier()
  const faults = events.map((event) => verifier.add(event))
  return { fault: faults.find((fault) => fault !== null) ?? null, head: verifier.head() }
}

it('the script computes the hash of the database from the feed alone', async ({ log }) => {
  const withoutHashes = log.events.map(({ hash: _hash, ...event }) => event)
  expect(verifyAll(withoutHashes)).toEqual({ fault: null, head: log.head })
})

it('the script reads the feed of a server with a token', async ({ world, log }) => {
  const { stdout } = await run({ TOKEN: await world.token('admin', 'Root') }, `${world.origin}/graphql`)
  expect(stdout.trim()).toBe(log.head)
})

it('the script continues from the head of an earlier run', async ({ world, log }) => {
  const { head } = verifyAll(log.events.slice(0, 2))
  const { stdout } = await run({ TOKEN: await world.token('admin', 'Root') }, `${world.origin}/graphql`, head)
  expect(stdout.trim()).toBe(log.head)
})

it('the script fails at the position of an event that was changed', async ({ log }) => {
  const lines = log.events.map((event, index) => JSON.stringify(index === 1 ? { ...event, requestId: 'x' } : event))
  const child = run({})
  child.child.stdin?.end(lines.join('\n'))
  await expect(child).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining('Position 2 was changed') })
})

it('the script fails if an event is missing', ({ log }) => {
  expect(verifyAll(log.events.toSpliced(1, 1)).fault).toBe('Position 2 is missing: position 3 follows.')
})

it('the script finds any changed character of any event', ({ log }) => {
  const character = fc.constantFrom(...'0123456789abcdefXYZ é')
  fc.assert(
    fc.property(fc.nat(), fc.nat(), character, (eventNumber, at, replacement) => {
      const index = eventNumber % log.events.length
      const { hash, ...fields } = log.events[index] as FeedEvent // as: the index is in range
      const text = JSON.stringify(fields)
      const changedText = text.slice(0, at % text.length) + replacement + text.slice((at % text.length) + 1)
      let changed: FeedEvent
      try {
        changed = { ...JSON.parse(changedText), hash }
      } catch {
        return
      }
      fc.pre(JSON.stringify({ ...changed, hash: undefined }) !== JSON.stringify({ ...fields, hash: undefined }))
      let fault: string | null
      try {
        fault = verifyAll(log.events.with(index, changed)).fault
      } catch {
        return // not an event any more: the script fails
      }
      expect(fault).not.toBe(null)
    }),
    { numRuns: 2000 },
  )
})
