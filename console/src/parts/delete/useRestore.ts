import { useTranslations } from 'use-intl'
import { messageOf } from '../../api/errors.ts'
import { type Restoration, useRestoreMedia } from '../../data/trash.ts'
import { useToasts } from '../../state/toasts.ts'

interface Named {
  id: string
  title: string
}

/** Restores media and says what became of them. */
export const useRestore = () => {
  const t = useTranslations('trash')
  const show = useToasts((state) => state.show)
  const restoreMedia = useRestoreMedia()

  /** Resolves to what was restored, or to null after a refusal, which is shown. */
  const restore = async ({ id, title }: Named): Promise<Restoration | null> => {
    try {
      const restoration = await restoreMedia.mutateAsync(id)
      if (restoration.lost.length === 0) show({ tone: 'success', message: t('restored', { title }) })
      return restoration
    } catch (error) {
      show({ tone: 'danger', message: messageOf(error) })
      return null
    }
  }

  /** Restores a media and says in a message what is lost, if anything is. */
  const undo = async (media: Named): Promise<void> => {
    const restoration = await restore(media)
    const [first] = restoration?.lost ?? []
    if (first !== undefined)
      show({ tone: 'neutral', message: `${t('restoredInPart', { title: media.title })}. ${first.reason}` })
  }

  /** Says that a media is in the trash, with a way back. */
  const showDeleted = (media: Named): void =>
    show({
      tone: 'success',
      message: t('deleted', { title: media.title }),
      action: { label: t('undo'), run: () => void undo(media) },
    })

  return { restore, undo, showDeleted, isPending: restoreMedia.isPending }
}
