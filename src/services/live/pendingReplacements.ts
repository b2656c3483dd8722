import type { Database } from '../kernel/ports.ts'
import type { mediaSource } from './media.ts'
import type { TrackedRow } from './snapshot.ts'

type MediaSource = ReturnType<typeof mediaSource>

/** Stands for bytes that are still on their way: work that has not ended, of a row that is never shown. */
const placeholder: TrackedRow = { revision: 0, progress: 0, fields: { status: 'QUEUED' } }

/** A media is not at its end while an upload is going to replace it: followers wait for the version to come. */
export const withPendingReplacements = (database: Database, source: MediaSource): MediaSource => ({
  ...source,

  async readStates(ids) {
    // The uploads first: one that ends in between has brought its version, which is then read.
    const uploads = await database.upload.findMany({
      where: { replacesId: { in: [...ids] }, mediaId: { in: [...ids] }, status: { in: ['WAITING', 'RECEIVING'] } },
      select: { id: true, mediaId: true },
    })
    const states = await source.readStates(ids)
    for (const { id, mediaId } of uploads) {
      const state = states.get(mediaId)
      if (!state?.exists) continue
      states.set(mediaId, { ...state, hasEnded: false, trackedRows: new Map(state.trackedRows).set(id, placeholder) })
    }
    return states
  },
})
