import type { Media } from '../../../prisma/generated/client/client.ts'
import { mediaMessage } from '../kernel/messages.ts'
import type { TrackedRow, TrackedRows } from './snapshot.ts'
import type { LiveSource } from './source.ts'

const activeStatuses = new Set<unknown>(['PROCESSING', 'QUEUED'])

interface RowFields {
  revision: number
  status: string
  percent?: number
}

const toTrackedRow = (fields: RowFields): TrackedRow => ({
  revision: fields.revision,
  progress: fields.percent ?? 0,
  fields: { ...fields },
})

export const toTrackedRows = (
  versions: (RowFields & { id: string; renditions: (RowFields & { id: string })[] })[],
): TrackedRows =>
  new Map(
    versions.flatMap(({ id, renditions, ...version }): [string, TrackedRow][] => [
      [id, toTrackedRow(version)],
      ...renditions.map(({ id, ...rendition }): [string, TrackedRow] => [id, toTrackedRow(rendition)]),
    ]),
  )

export const hasEnded = (trackedRows: TrackedRows): boolean =>
  ![...trackedRows.values()].some(({ fields }) => activeStatuses.has(fields['status']))

/** Returns the rows that a message is about; null if the media has to be read again. */
export const parseMediaMessage: LiveSource<Media>['parse'] = (raw) => {
  const message = mediaMessage.parse(raw)
  if (message.type === 'upload' || message.type === 'merge') return null
  if (message.type === 'rendition') {
    const { type, id, ...rendition } = message
    return [{ id, trackedRow: toTrackedRow(rendition) }]
  }
  const { type, id, renditions = [], ...version } = message
  return [
    { id, trackedRow: toTrackedRow(version) },
    ...renditions.map(({ id, ...rendition }) => ({ id, trackedRow: toTrackedRow(rendition) })),
  ]
}
