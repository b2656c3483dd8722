import { Plus, Replace } from 'lucide-react'
import { useLayoutEffect, useRef, useState } from 'react'
import { useTranslations } from 'use-intl'
import { messageOf } from '../../api/errors.ts'
import { useCourseChanges } from '../../data/courseChanges.ts'
import { type ResourceRow, refOf, useResourceMedia } from '../../data/courses.ts'
import { usePermissions } from '../../data/session.ts'
import { useToasts } from '../../state/toasts.ts'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { LinkDialog } from './LinkDialog.tsx'
import { LinkedMedia } from './LinkedMedia.tsx'
import { ReplaceDialog } from './ReplaceDialog.tsx'
import styles from './ResourceMedia.module.css'

/** The media that a resource itself shows, with what may be changed. */
export const ResourceMedia = ({ resource }: { resource: ResourceRow }) => {
  const [t, tCommon] = [useTranslations('courses'), useTranslations('common')]
  const ref = refOf(resource)
  const title = resource.title ?? resource.externalId
  const mayLink = usePermissions().link
  const list = useResourceMedia(ref)
  const { unlink, link } = useCourseChanges(ref)
  const show = useToasts((state) => state.show)
  const [dialog, setDialog] = useState<'link' | 'replace' | null>(null)
  const section = useRef<HTMLElement>(null)
  const usages = list.data?.pages.flatMap((page) => page.resource?.usages.nodes ?? []) ?? []

  // The button that was pressed is gone: the focus goes to the one at its place, or to the first that is left.
  const focusIndex = useRef<number | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the number changes when the media has disappeared.
  useLayoutEffect(() => {
    if (focusIndex.current === null) return
    const buttons = section.current?.querySelectorAll<HTMLElement>('li button') ?? []
    const target = buttons[Math.min(focusIndex.current, buttons.length - 1)] ?? section.current?.querySelector('button')
    target?.focus()
    focusIndex.current = null
  }, [usages.length])

  const remove = async (mediaId: string, mediaTitle: string, index: number): Promise<void> => {
    focusIndex.current = index
    try {
      await unlink(mediaId)
      const action = { label: t('undo'), run: () => void link([mediaId]) }
      show({ tone: 'success', message: t('unlinked', { media: mediaTitle, title }), action })
    } catch (error) {
      show({ tone: 'danger', message: messageOf(error) })
    }
  }

  return (
    <section ref={section} className={styles.section} aria-label={t('mediaOf', { title })} aria-busy={list.isPending}>
      {list.error !== null && (
        <Notice
          tone="danger"
          title={list.error.message}
          action={<Button onPress={() => void list.refetch()}>{tCommon('retry')}</Button>}
        />
      )}
      {list.isPending && <Skeleton height="3.5rem" />}
      {usages.length > 0 && (
        <ul className={styles.list}>
          {usages.map((usage, index) => (
            <LinkedMedia
              key={usage.id}
              usage={usage}
              onUnlink={mayLink ? () => void remove(usage.media.id, usage.media.title, index) : undefined}
            />
          ))}
        </ul>
      )}
      {list.hasNextPage && (
        <Button size="small" isPending={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
          {tCommon('loadMore')}
        </Button>
      )}
      <div className={styles.actions}>
        {list.data !== undefined && usages.length === 0 && <p className={styles.empty}>{t('noMedia')}</p>}
        {mayLink && (
          <Button size="small" icon={<Plus size={16} aria-hidden />} onPress={() => setDialog('link')}>
            {t('browse')}
          </Button>
        )}
        {mayLink && usages.length > 0 && (
          <Button
            size="small"
            variant="quiet"
            icon={<Replace size={16} aria-hidden />}
            onPress={() => setDialog('replace')}
          >
            {t('replace')}
          </Button>
        )}
      </div>
      {dialog === 'link' && <LinkDialog resource={ref} title={title} onClose={() => setDialog(null)} />}
      {dialog === 'replace' && <ReplaceDialog resource={ref} title={title} onClose={() => setDialog(null)} />}
    </section>
  )
}
