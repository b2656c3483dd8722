import { useState } from 'react'
import { RefusalError } from '../../api/errors.ts'
import { type MediaDetail, useReadMedia, useUpdateMedia } from '../../data/media.ts'
import { conflictingFields, type Draft, differingFields, mergeDrafts, toDraft, toUpdateInput } from './draft.ts'

/** State of a media to which a draft refers. */
interface Base {
  draft: Draft
  updatedAt: string
}

export interface DraftState {
  draft: Draft
  base: Draft
  isDirty: boolean
  isSaving: boolean
  error: Error | null
  /** State that another person has saved meanwhile; null unless there is something to choose. */
  conflict: Draft | null
  change(part: Partial<Draft>): void
  discard(): void
  /** Resolves to whether the server has saved the draft. */
  save(): Promise<boolean>
  /** Saves a choice between both texts. */
  resolve(choice: Draft): Promise<boolean>
  /** Leaves the choice open, and keeps what was typed. */
  closeConflict(): void
}

const baseOf = (media: MediaDetail): Base => ({ draft: toDraft(media), updatedAt: media.updatedAt })

/** Holds what a person types about a media until the server has saved it. It survives errors and changes by others. */
export const useDraft = (media: MediaDetail): DraftState => {
  const [base, setBase] = useState(() => baseOf(media))
  const [draft, setDraft] = useState(base.draft)
  const [theirs, setTheirs] = useState<MediaDetail | null>(null)
  const [error, setError] = useState<Error | null>(null)
  const update = useUpdateMedia()
  const readMedia = useReadMedia()
  const isDirty = differingFields(base.draft, draft).length > 0

  const restart = (saved: MediaDetail): void => {
    const next = baseOf(saved)
    setBase(next)
    setDraft(next.draft)
    setTheirs(null)
    setError(null)
  }
  if (!isDirty && theirs === null && media.updatedAt > base.updatedAt && !update.isPending) restart(media)

  /** Sends the draft. If another person was faster, asks only where both changed something. */
  const send = async (since: Base, next: Draft): Promise<boolean> => {
    try {
      const saved = baseOf(
        await update.mutateAsync({ input: toUpdateInput(media.id, since.updatedAt, since.draft, next) }),
      )
      setBase(saved)
      // Keeps the text that was typed meanwhile.
      setDraft((current) => mergeDrafts({ base: next, mine: current, theirs: saved.draft }, () => true))
      setTheirs(null)
      setError(null)
      return true
    } catch (cause) {
      if (!(cause instanceof Error)) throw cause
      const isRefused = cause instanceof RefusalError && cause.refusal.__typename === 'StateConflictError'
      const present = isRefused ? await readMedia(media.id).catch(() => null) : null
      if (present === null || present.updatedAt === since.updatedAt) {
        setError(cause)
        return false
      }
      const drafts = { base: since.draft, mine: next, theirs: toDraft(present) }
      if (conflictingFields(drafts.base, drafts.mine, drafts.theirs).length > 0) {
        setTheirs(present)
        return false
      }
      return send(
        baseOf(present),
        mergeDrafts(drafts, () => true),
      )
    }
  }

  return {
    draft,
    base: base.draft,
    isDirty,
    isSaving: update.isPending,
    error,
    conflict: theirs === null ? null : toDraft(theirs),
    change: (part) => setDraft((previous) => ({ ...previous, ...part })),
    discard: () => restart(media),
    save() {
      setError(null)
      return send(base, draft)
    },
    resolve(choice) {
      if (theirs === null) return Promise.resolve(false)
      setBase(baseOf(theirs))
      setDraft(choice)
      setTheirs(null)
      return send(baseOf(theirs), choice)
    },
    closeConflict: () => setTheirs(null),
  }
}
