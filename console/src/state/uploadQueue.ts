import {
  createUploadItem,
  isDraft,
  isFinal,
  type NewUpload,
  type Stage,
  sendingStages,
  type UploadFailure,
  type UploadItem,
} from './uploadItem.ts'

/** Files that are sent at the same time. */
export const maxSending = 3

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

type ItemEvent = { [Type in ItemEventType]: { type: Type; id: string } & ItemEvents[Type] }[ItemEventType]

export type UploadEvent =
  | ItemEvent
  | { type: 'added'; items: readonly NewUpload[] }
  | { type: 'started' }
  | { type: 'removed'; id: string }
  | { type: 'draftsRemoved' }
  | { type: 'finishedRemoved' }

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

const applyTo = (item: UploadItem, event: ItemEvent): UploadItem => {
  const transition = transitions[event.type] as Transition<typeof event> // as: the table holds the transition of each event
  return transition.from.includes(item.stage) ? { ...item, ...transition.apply(item, event) } : item
}

/** Starts the files that have waited longest, as long as there are places. */
const promote = (items: readonly UploadItem[]): readonly UploadItem[] => {
  let places = maxSending - items.filter(({ stage }) => sendingStages.includes(stage)).length
  if (places <= 0 || !items.some(({ stage }) => stage === 'waiting')) return items
  return items.map((item) => {
    if (item.stage !== 'waiting' || places <= 0) return item
    places -= 1
    return { ...item, stage: 'sending' }
  })
}

const isSameFile = (one: File, other: File): boolean =>
  one.name === other.name &&
  one.size === other.size &&
  one.lastModified === other.lastModified &&
  one.webkitRelativePath === other.webkitRelativePath

/** Drops files that the queue holds already, unless they have ended. */
const withoutRepeats = (items: readonly UploadItem[], chosen: readonly NewUpload[]): readonly NewUpload[] =>
  chosen.filter(
    ({ file, replaces }) =>
      replaces != null ||
      !items.some((item) => !isFinal(item) && item.replaces === null && isSameFile(item.file, file)),
  )

const start = (item: UploadItem): UploadItem =>
  isDraft(item) ? { ...item, isStarted: true, stage: item.stage === 'draft' ? 'waiting' : item.stage } : item

const applyEvent = (items: readonly UploadItem[], event: UploadEvent): readonly UploadItem[] => {
  switch (event.type) {
    case 'added':
      return [...items, ...withoutRepeats(items, event.items).map(createUploadItem)]
    case 'started':
      return items.flatMap((item) => (isDraft(item) && isFinal(item) ? [] : [start(item)]))
    case 'removed':
      return items.filter((item) => item.id !== event.id || !(isFinal(item) || isDraft(item)))
    case 'draftsRemoved':
      return items.filter((item) => !isDraft(item))
    case 'finishedRemoved':
      return items.filter((item) => !isFinal(item))
    default:
      return items.map((item) => (item.id === event.id ? applyTo(item, event) : item))
  }
}

/** Returns the queue after an event. Events that come too late change nothing. */
export const reduceUploads = (items: readonly UploadItem[], event: UploadEvent): readonly UploadItem[] =>
  promote(applyEvent(items, event))
