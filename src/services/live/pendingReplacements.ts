import type { Database } from '../kernel/ports.ts'
import type { mediaSource } from './mediaSource.ts'
import type { TrackedRow } from './snapshot.ts'

type MediaSource = ReturnType<typeof mediaSource>

/** Represents bytes that have not arrived yet, as unfinished work of a row that is never shown. */
const placeholder: TrackedRow = { revision: 0, progress: 0, fields: { status: 'QUEUED' } }

/** Keeps subscriptions to a media open while an upload is going to replace it: subscribers wait for the new version. */
export const withPendingReplacements = (database: Database, source: MediaSource): MediaSource => ({
  ...source,

  async readStates(ids) {
    // Read the uploads first: one that completes in between has created its version, which the second read returns.
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
