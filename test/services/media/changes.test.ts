import { describe, expect, onTestFinished } from 'vitest'
import { MediaUpdateDocument } from '../../../client/generated/documents.ts'
import type { EventLog } from '../../../src/services/event/eventLog.ts'
import type { Actor } from '../../../src/services/kernel/actor.ts'
import type { Database } from '../../../src/services/kernel/ports.ts'
import { createLibraryChanges } from '../../../src/services/media/changes.ts'
import { uuidOf } from '../../harness/ids.ts'
import { it } from '../../harness/mediaIt.ts'
import type { World } from '../../harness/world.ts'
import { log } from '../live/library.ts'

const actor: Actor = { type: 'user', userId: crypto.randomUUID(), role: 'VIEWER', requestId: null }

interface Faults {
  eventLog?: Pick<EventLog, 'follow' | 'readLastPosition'>
  database?: Database
}

/** Follows media with a tag, and skips the first event. */
const followTag = async ({ runtime }: World, tag: string, faults: Faults = {}) => {
  const changes = createLibraryChanges({ ...runtime.ports, eventLog: runtime.services.eventLog, log, ...faults })
  onTestFinished(() => changes.close())
  const events = await changes.subscribe(actor, { filter: { tagsAny: [tag] } })
  await events.next()
  return events
}

describe('the changes of a list', () => {
  it('continue after a failed read of the log', async ({ world, users: { editor }, createMedia }) => {
    const id = await createMedia()
    const { eventLog } = world.runtime.services
    let follows = 0
    const follow: EventLog['follow'] = (after) => {
      follows += 1
      const events = eventLog.follow(after)
      // The first attempt fails at its first event, which the next attempt reads again.
      if (follows === 1) {
        const next = events.next.bind(events)
        events.next = async () => {
          await next()
          throw new Error('the database is unavailable')
        }
      }
      return events
    }
    const events = await followTag(world, 'reread', { eventLog: { ...eventLog, follow } })
    await editor.send(MediaUpdateDocument, { input: { id, tags: ['reread'] } })
    expect((await events.next()).value).toMatchObject([{ kind: 'ADDED', mediaId: uuidOf(id) }])
    expect(follows).toBe(2)
  })

  it('continue after a failed check', async ({ world, users: { editor }, createMedia }) => {
    const id = await createMedia()
    const { database } = world.runtime.ports
    let failures = 0
    const failing = new Proxy(database, {
      get: (target, key, receiver) => {
        if (key !== '$queryRaw') return Reflect.get(target, key, receiver)
        return (...query: Parameters<Database['$queryRaw']>) => {
          const isCheck = 'strings' in query[0] ? false : query[0].join('').includes('AS "matches"')
          if (!isCheck || failures > 0) return database.$queryRaw(...query)
          failures += 1
          return Promise.reject(new Error('the database is unavailable'))
        }
      },
    })
    const events = await followTag(world, 'rechecked', { database: failing })
    await editor.send(MediaUpdateDocument, { input: { id, tags: ['rechecked'] } })
    expect((await events.next()).value).toMatchObject([{ kind: 'ADDED', mediaId: uuidOf(id) }])
    expect(failures).toBe(1)
  })

  it('include the start of a conversion, which the log does not hold', async ({ world, createMedia }) => {
    const { database } = world.runtime.ports
    const id = uuidOf(await createMedia({ kind: 'VIDEO' }))
    const { currentVersionId: versionId } = await database.media.update({
      where: { id },
      data: { tags: ['started'], tagKeys: ['started'] },
    })
    const { id: renditionId } = await database.rendition.create({ data: { versionId, profile: 'WEBM' } })
    const events = await followTag(world, 'started')
    await database.rendition.update({ where: { id: renditionId }, data: { status: 'PROCESSING', attempts: 1 } })
    expect((await events.next()).value).toMatchObject([{ kind: 'CHANGED', mediaId: id }])
    await database.rendition.update({ where: { id: renditionId }, data: { status: 'QUEUED' } })
    expect((await events.next()).value).toMatchObject([{ kind: 'CHANGED', mediaId: id }])
  })

  it('stop the reads of the log when the last subscriber leaves', async ({ world }) => {
    const { eventLog } = world.runtime.services
    const follows: AsyncIterableIterator<unknown>[] = []
    const follow: EventLog['follow'] = (after) => {
      const events = eventLog.follow(after)
      follows.push(events)
      return events
    }
    const events = await followTag(world, 'left', { eventLog: { ...eventLog, follow } })
    await events.return?.()
    expect(await follows[0]?.next()).toEqual({ done: true, value: undefined })
  })
})
