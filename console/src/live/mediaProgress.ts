import { CardProgressDocument, type CardProgressSubscription } from '../api/generated/documents.ts'
import type { Observer } from './observer.ts'

type Progress = CardProgressSubscription['mediaProgress']

/** Share of the work on a media that is done, from 0 to 100. Conversions that failed or were cancelled count as done. */
export const percentOf = ({ renditions }: Pick<Progress, 'renditions'>): number | null => {
  if (renditions.length === 0) return null
  const done = renditions.map(({ status, percent }) => (status === 'QUEUED' || status === 'PROCESSING' ? percent : 100))
  return Math.floor(done.reduce((sum, percent) => sum + percent, 0) / done.length)
}

/** Follows the processing of media and reports the newest percentages. Returns a function that stops. */
export const followProgress = (
  observer: Observer,
  ids: string[],
  onPercents: (percents: ReadonlyMap<string, number | null>) => void,
): (() => void) =>
  observer.follow({
    document: CardProgressDocument,
    variables: { ids },
    onEvents: (events) =>
      onPercents(new Map(events.map(({ mediaProgress }) => [mediaProgress.id, percentOf(mediaProgress)]))),
  })
