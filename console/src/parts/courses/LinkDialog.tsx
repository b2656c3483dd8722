import { useTranslations } from 'use-intl'
import type { ResourceRef } from '../../api/generated/documents.ts'
import { useCourseChanges } from '../../data/courseChanges.ts'
import type { SelectedMedia } from '../../data/selector.ts'
import { useToasts } from '../../state/toasts.ts'
import { MediaSelector } from '../selector/MediaSelector.tsx'

interface LinkDialogProps {
  resource: ResourceRef
  title: string
  onClose(): void
}

const maxLinked = 100

/** Selects media of the library and links them to a resource. */
export const LinkDialog = ({ resource, title, onClose }: LinkDialogProps) => {
  const t = useTranslations('courses')
  const show = useToasts((state) => state.show)
  const { link } = useCourseChanges(resource)

  const linkAll = async (media: readonly SelectedMedia[]): Promise<void> => {
    onClose()
    const { linkedCount, errors } = await link(media.map(({ id }) => id))
    const [first] = errors
    if (first !== undefined)
      show({ tone: 'danger', message: t('linkRefused', { count: errors.length, reason: first.message }) })
    if (linkedCount > 0) show({ tone: 'success', message: t('linked', { count: linkedCount, title }) })
  }

  return <MediaSelector max={maxLinked} onSelect={(media) => void linkAll(media)} onCancel={onClose} />
}
