import { type UploadedMediaFragment, UploadedMediaProgressDocument } from '../api/generated/documents.ts'
import type { Observer } from './observer.ts'

interface MediaListener {
  onMedia(media: UploadedMediaFragment): void
  /** States may have been missed, or no more arrive: ask for the present one. */
  onGap(): void
}

/** Follows the media of an upload, which may not exist yet. Returns a function that stops. */
export const followUploadedMedia = (observer: Observer, id: string, { onMedia, onGap }: MediaListener): (() => void) =>
  observer.follow({
    document: UploadedMediaProgressDocument,
    variables: { id },
    onEvents: (events) => {
      const last = events.at(-1)
      if (last !== undefined) onMedia(last.mediaProgress)
    },
    onGap,
    onComplete: onGap,
  })
