import { type Stage, sendingStages, type UploadFailure, type UploadItem } from './uploadItem.ts'

/** Events of one file, with what they say besides its id. */
interface ItemEvents {
  edited: { change: Partial<Pick<UploadItem, 'title' | 'tags' | 'folderId'>> }
  /** Nothing speaks against the upload, so far as can be known before it. `open` is an upload from before a reload. */
  checked: { sha256: string | null; open: { id: string; mediaId: string; receivedBytes: number } | null }
  duplicateFound: { existing: { id: string; title: string }; sha256: string | null }
  duplicateAllowed: object
  existingUsed: object
  created: { uploadId: string; mediaId: string }
  progressed: { sentBytes: number; atMs: number }
  interrupted: { reason: string | null }
  paused: object
  resumed: object
  cancelRequested: object
  cancelled: object
  /** All bytes have arrived, and the media exists. */
  sent: { mediaId: string }
  ready: object
  failed: { failure: UploadFailure; isUploadOver: boolean }
  retried: object
  /** The person wants to change what was refused. */
  reopened: object
}

type ItemEventType = keyof ItemEvents

export type ItemEvent = { [Type in ItemEventType]: { type: Type; id: string } & ItemEvents[Type] }[ItemEventType]

interface Transition<Event> {
  /** Stages in which the event has an effect. In others it comes too late. */
  from: readonly Stage[]
  apply(item: UploadItem, event: Event): Partial<UploadItem>
}

const active: readonly Stage[] = ['checking', 'waiting', 'sending', 'interrupted', 'paused']

const noUpload = { uploadId: null, mediaId: null, sentBytes: 0 } as const
const stopped = { sentAtMs: null, bytesPerSecond: null } as const

/** Speed as a moving average of about three seconds. */
const speedOf = ({ sentBytes, sentAtMs, bytesPerSecond }: UploadItem, bytes: number, atMs: number): number | null => {
  if (sentAtMs === null || atMs <= sentAtMs || bytes < sentBytes) return bytesPerSecond
  const seconds = (atMs - sentAtMs) / 1000
  const speed = (bytes - sentBytes) / seconds
  const share = Math.min(1, seconds / 3)
  return bytesPerSecond === null ? speed : bytesPerSecond + (speed - bytesPerSecond) * share
}

const transitions: { [Type in ItemEventType]: Transition<ItemEvents[Type]> } = {
  edited: { from: ['checking', 'draft', 'duplicate'], apply: (_item, { change }) => change },
  checked: {
    from: ['checking'],
    apply: ({ isStarted }, { sha256, open }) => ({
      stage: isStarted ? 'waiting' : 'draft',
      sha256,
      ...(open === null ? {} : { uploadId: open.id, mediaId: open.mediaId, sentBytes: open.receivedBytes }),
    }),
  },
  duplicateFound: {
    from: ['checking', 'sending', 'interrupted'],
    apply: ({ sha256 }, event) => ({
      ...stopped,
      stage: 'duplicate',
      existing: event.existing,
      sha256: event.sha256 ?? sha256,
    }),
  },
  duplicateAllowed: {
    from: ['duplicate'],
    apply: ({ isStarted }) => ({ stage: isStarted ? 'waiting' : 'draft', allowsDuplicate: true }),
  },
  existingUsed: { from: ['duplicate'], apply: () => ({ stage: 'used' }) },
  created: {
    // The person may have paused or cancelled it while it was created.
    from: ['sending', 'interrupted', 'paused', 'cancelling'],
    apply: (_item, { uploadId, mediaId }) => ({ uploadId, mediaId }),
  },
  progressed: {
    from: ['sending', 'interrupted'],
    apply: (item, { sentBytes, atMs }) => ({
      stage: 'sending',
      reason: null,
      sentBytes: Math.min(sentBytes, item.file.size),
      sentAtMs: atMs,
      bytesPerSecond: speedOf(item, sentBytes, atMs),
    }),
  },
  interrupted: {
    from: ['sending', 'interrupted'],
    apply: (_item, { reason }) => ({ ...stopped, stage: 'interrupted', reason }),
  },
  paused: { from: ['waiting', 'sending', 'interrupted'], apply: () => ({ ...stopped, stage: 'paused', reason: null }) },
  resumed: { from: ['paused'], apply: () => ({ stage: 'waiting' }) },
  cancelRequested: {
    from: [...active, 'draft', 'duplicate'],
    // Without an upload on the server, which may be under construction while sending, there is nothing to cancel there.
    apply: ({ stage, uploadId }) => ({
      ...stopped,
      reason: null,
      stage: uploadId === null && !sendingStages.includes(stage) ? 'cancelled' : 'cancelling',
    }),
  },
  cancelled: { from: ['cancelling'], apply: () => ({ stage: 'cancelled' }) },
  sent: {
    from: ['sending', 'interrupted', 'cancelling'],
    apply: ({ file }, { mediaId }) => ({
      ...stopped,
      stage: 'processing',
      mediaId,
      sentBytes: file.size,
      reason: null,
    }),
  },
  ready: { from: ['processing'], apply: () => ({ stage: 'ready' }) },
  failed: {
    from: ['checking', 'sending', 'interrupted', 'cancelling', 'processing'],
    apply: (_item, { failure, isUploadOver }) => ({
      ...stopped,
      stage: 'failed',
      reason: null,
      failure,
      ...(isUploadOver ? noUpload : {}),
    }),
  },
  retried: {
    from: ['failed'],
    apply: ({ failure, attempt, uploadId }) => {
      if (failure === null || failure.retry === null) return {}
      const next = { failure: null, attempt: attempt + 1 }
      if (failure.retry === 'processing') return { ...next, stage: 'processing' }
      return { ...next, stage: uploadId === null ? 'checking' : 'waiting' }
    },
  },
  reopened: {
    from: ['failed'],
    apply: ({ uploadId, attempt }) =>
      uploadId === null ? { stage: 'draft', isStarted: false, failure: null, attempt: attempt + 1 } : {},
  },
}

/** Returns a file after an event. Events that come too late change nothing. */
export const applyItemEvent = (item: UploadItem, event: ItemEvent): UploadItem => {
  const transition = transitions[event.type] as Transition<typeof event> // as: the table holds the transition of each event
  return transition.from.includes(item.stage) ? { ...item, ...transition.apply(item, event) } : item
}
