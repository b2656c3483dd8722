import {
  LibraryChangesDocument,
  type LibraryChangesSubscription,
  type MediaFilter,
} from '../api/generated/documents.ts'
import type { Observer } from './observer.ts'

export type LibraryChange = LibraryChangesSubscription['libraryChanges'][number]

interface LibraryListener {
  /** From now on every change is reported. What was read before may be out of date. */
  onStart(): void
  onChanges(changes: readonly LibraryChange[]): void
}

/** Follows the media that match a filter. Returns a function that stops. */
export const followLibrary = (
  observer: Observer,
  filter: MediaFilter,
  { onStart, onChanges }: LibraryListener,
): (() => void) =>
  observer.follow({
    document: LibraryChangesDocument,
    variables: { filter },
    onEvents(events) {
      // The first event of each connection is empty.
      if (events.some(({ libraryChanges }) => libraryChanges.length === 0)) onStart()
      const changes = events.flatMap(({ libraryChanges }) => libraryChanges)
      if (changes.length > 0) onChanges(changes)
    },
    onGap: onStart,
  })
