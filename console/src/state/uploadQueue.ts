import { createUploadItem, isDraft, isFinal, type NewUpload, sendingStages, type UploadItem } from './uploadItem.ts'
import { applyItemEvent, type ItemEvent } from './uploadTransitions.ts'

/** Files that are sent at the same time. */
export const maxSending = 3

export type UploadEvent =
  | ItemEvent
  | { type: 'added'; items: readonly NewUpload[] }
  | { type: 'started' }
  | { type: 'removed'; id: string }
  | { type: 'draftsRemoved' }
  | { type: 'finishedRemoved' }

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
      return items.map((item) => (item.id === event.id ? applyItemEvent(item, event) : item))
  }
}

/** Returns the queue after an event. Events that come too late change nothing. */
export const reduceUploads = (items: readonly UploadItem[], event: UploadEvent): readonly UploadItem[] =>
  promote(applyEvent(items, event))
