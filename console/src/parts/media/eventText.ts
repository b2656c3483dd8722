import type { MediaEvent } from '../../data/history.ts'

type Values = Record<string, string | number>

/** A change of one field, as the event holds it. */
export interface FieldChange {
  field: string
  from: unknown
  to: unknown
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

export const dataOf = ({ data }: MediaEvent): Record<string, unknown> => (isRecord(data) ? data : {})

/** Key of the sentence about an event, below `history.actions`. */
export const toSentenceKey = (event: MediaEvent): string =>
  event.action === 'version.uploaded' && dataOf(event)['staged'] === true ? 'version.staged' : event.action

const textOf = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '')
const countOf = (value: unknown): number =>
  Array.isArray(value) ? value.length : typeof value === 'number' ? value : 0

/** Values of the sentence about an event. Values that its action does not have are empty. */
export const toSentenceValues = (event: MediaEvent): Values => {
  const data = dataOf(event)
  return {
    fileName: textOf(data['fileName']),
    version: textOf(data['versionNumber']),
    previous: textOf(data['previousVersionNumber']),
    code: textOf(data['code']),
    fault: textOf(data['fault']),
    reason: textOf(data['reason']),
    count: countOf(data['removedIds'] ?? data['count']),
  }
}

/** Fields that an event has changed. */
export const toFieldChanges = (event: MediaEvent): FieldChange[] =>
  event.action === 'media.updated'
    ? Object.entries(dataOf(event)).flatMap(([field, change]) =>
        isRecord(change)
          ? [{ field: field === 'folderId' ? 'folder' : field, from: change['from'], to: change['to'] }]
          : [],
      )
    : []

/** Value of a field for people; null if it is empty. */
export const writeFieldValue = (value: unknown): string | null => {
  if (Array.isArray(value)) return value.length === 0 ? null : value.join(', ')
  return textOf(value) || null
}
