import { vi } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { FollowEventsDocument, type LogEntryFragment } from '../../../client/generated/documents.ts'
import { createTicket } from '../../harness/tickets.ts'
import type { UserClients, World } from '../../harness/world.ts'

/** Creates an upload, which adds an event to the log; returns its id. */
export const create = async (client: Client, fileName: string): Promise<string> =>
  (await createTicket(client, { fileName })).upload.id

/** Waits until all committed events are numbered. */
export const waitUntilNumbered = async (world: World): Promise<void> => {
  const { database } = world.runtime.ports
  await vi.waitUntil(async () => (await database.eventPending.count()) === 0, { timeout: 10_000, interval: 10 })
}

/** Collects the first events of a subscription. */
export const collect = async (client: Client, variables: object, count: number): Promise<LogEntryFragment[]> => {
  const results: LogEntryFragment[] = []
  for await (const { events } of client.follow(FollowEventsDocument, variables)) {
    results.push(events)
    if (results.length === count) break
  }
  return results
}

export const cursor = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')

/** Fills the log with the uploads of two users. */
export const seedLog = async (world: World, { admin, editor }: UserClients): Promise<void> => {
  for (let n = 0; n < 5; n++) await create(editor, `file-${n}.mp4`)
  await create(admin, 'root.mp4')
  await waitUntilNumbered(world)
}
