import { useEffect, useState } from 'react'
import { useTranslations } from 'use-intl'
import { messageOf } from '../../api/errors.ts'
import type { ResourceRef } from '../../api/generated/documents.ts'
import { maxReplaced, useCourseChanges } from '../../data/courseChanges.ts'
import type { SelectedMedia } from '../../data/selector.ts'
import { useToasts } from '../../state/toasts.ts'
import { MediaSelector } from '../selector/MediaSelector.tsx'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Notice } from '../ui/Notice.tsx'

interface ReplaceDialogProps {
  resource: ResourceRef
  title: string
  onClose(): void
}

interface ConfirmDialogProps extends ReplaceDialogProps {
  media: readonly SelectedMedia[]
  /** Media that were linked when the choice began. */
  linkedIds: readonly string[]
}

const isEqual = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && new Set([...one, ...other]).size === one.length

const ConfirmDialog = ({ resource, title, media, linkedIds, onClose }: ConfirmDialogProps) => {
  const [t, tCommon] = [useTranslations('courses'), useTranslations('common')]
  const show = useToasts((state) => state.show)
  const { readLinkedIds, replace } = useCourseChanges(resource)
  const [isPending, setIsPending] = useState(false)
  const [refusal, setRefusal] = useState<string | null>(null)

  const confirm = async (): Promise<void> => {
    setIsPending(true)
    setRefusal(null)
    try {
      const current = await readLinkedIds()
      if (current === null || !isEqual(current, linkedIds)) {
        setRefusal(t('linksChanged', { title }))
        setIsPending(false)
        return
      }
      await replace(media.map(({ id }) => id))
      show({ tone: 'success', message: t('replaced', { title, count: media.length }) })
      onClose()
    } catch (error) {
      setRefusal(messageOf(error))
      setIsPending(false)
    }
  }

  return (
    <Dialog
      title={t('replaceTitle', { title })}
      size="small"
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{tCommon('cancel')}</Button>
          <Button variant="primary" isPending={isPending} onPress={() => void confirm()}>
            {t('replaceNow')}
          </Button>
        </>
      }
    >
      {refusal !== null && <Notice tone="danger" title={refusal} isAlert />}
      <p>{t('replaceHint', { title, count: media.length })}</p>
    </Dialog>
  )
}

/** Selects the media that a resource is to show from now on, starting with those that it shows, and confirms the change. */
export const ReplaceDialog = ({ resource, title, onClose }: ReplaceDialogProps) => {
  const t = useTranslations('courses')
  const show = useToasts((state) => state.show)
  const { readLinkedIds } = useCourseChanges(resource)
  const [linkedIds, setLinkedIds] = useState<string[] | null>(null)
  const [media, setMedia] = useState<SelectedMedia[] | null>(null)

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is linked when the dialog opens is selected first.
  useEffect(() => {
    const read = async (): Promise<void> => {
      try {
        const ids = await readLinkedIds()
        if (ids !== null) return setLinkedIds(ids)
        show({ tone: 'danger', message: t('tooMany', { title }) })
      } catch (error) {
        show({ tone: 'danger', message: messageOf(error) })
      }
      onClose()
    }
    void read()
  }, [])

  if (media !== null)
    return (
      <ConfirmDialog resource={resource} title={title} media={media} linkedIds={linkedIds ?? []} onClose={onClose} />
    )
  if (linkedIds === null) return null
  return (
    <MediaSelector
      title={t('replaceTitle', { title })}
      max={maxReplaced}
      initialIds={linkedIds}
      allowsNothing
      onSelect={setMedia}
      onCancel={onClose}
    />
  )
}
