import type { Database } from '../kernel/ports.ts'
import type { mediaSource } from './media.ts'
import type { Part } from './snapshot.ts'

type MediaSource = ReturnType<typeof mediaSource>

/** Stands for bytes that are still on their way: work that has not ended, of a row that is never shown. */
const expected: Part = { revision: 0, live: 0, fields: { status: 'QUEUED' } }

/** A media is not at its end while an upload is going to replace it: followers wait for the version to come. */
export const awaitReplacements = (database: Database, source: MediaSource): MediaSource => ({
  ...source,

  async states(ids) {
    // The uploads first: one that ends in between has brought its version, which is then read.
    const uploads = await database.upload.findMany({
      where: { replacesId: { in: [...ids] }, mediaId: { in: [...ids] }, status: { in: ['WAITING', 'RECEIVING'] } },
      select: { id: true, mediaId: true },
    })
    const states = await source.states(ids)
    for (const { id, mediaId } of uploads) {
      const state = states.get(mediaId)
      if (!state?.present) continue
      states.set(mediaId, { ...state, ended: false, parts: new Map(state.parts).set(id, expected) })
    }
    return states
  },
})
