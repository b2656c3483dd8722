import { Frame } from 'lucide-react'
import { lazy, useEffect } from 'react'
import { useTranslations } from 'use-intl'
import { serverUrl } from '../api/consolePath.ts'
import type { MediaKind } from '../api/generated/documents.ts'
import type { SelectedMedia } from '../data/selector.ts'
import { mediaKinds } from '../parts/library/search.ts'
import { SelectorPanel } from '../parts/selector/SelectorPanel.tsx'
import { AfterFirstContent } from '../parts/shell/AfterFirstContent.tsx'
import { EmptyState } from '../parts/ui/EmptyState.tsx'
import { Failure } from './Failure.tsx'
import type { Host } from './host.ts'
import styles from './Picker.module.css'
import type { PickedMedia } from './protocol.ts'

const Toaster = lazy(async () => ({ default: (await import('../parts/ui/Toaster.tsx')).Toaster }))

const defaultMax = 100

/** Kinds that the page allows. Unknown names are left out; if none is known, nothing may be picked of any kind. */
const kindsOf = (names: readonly string[] | null): MediaKind[] | undefined =>
  names === null ? undefined : mediaKinds.filter((kind) => names.includes(kind))

const toPicked = ({ id, title, kind, mimeType, ...media }: SelectedMedia): PickedMedia => {
  const { durationSeconds, width, height, thumbnail } = media
  const thumbnailUrl = thumbnail === null ? null : new URL(thumbnail, serverUrl('')).href
  return { id, title, kind, mimeType, durationSeconds, width, height, thumbnailUrl }
}

/** The library inside a page of another site. */
export const Picker = ({ host }: { host: Host }) => {
  const t = useTranslations('picker')
  const { kinds, isMultiple, max, folder, search } = host.options
  useEffect(() => {
    // A menu or a search text that handles Escape itself stops the event.
    const cancel = ({ key, defaultPrevented }: KeyboardEvent): void => {
      if (key === 'Escape' && !defaultPrevented) host.cancel()
    }
    addEventListener('keydown', cancel)
    return () => removeEventListener('keydown', cancel)
  }, [host])
  return (
    <main className={styles.page}>
      <title>{t('title')}</title>
      <h1 className={styles.title}>{t('title')}</h1>
      <Failure>
        <SelectorPanel
          kinds={kindsOf(kinds)}
          max={isMultiple ? (max ?? defaultMax) : 1}
          initialSearch={{ folder: folder ?? undefined, search: search ?? undefined }}
          onSelect={(media) => host.select(media.map(toPicked))}
          onCancel={host.cancel}
        />
      </Failure>
      <AfterFirstContent>
        <Toaster />
      </AfterFirstContent>
    </main>
  )
}

/** Shown when the address of the picker is opened by itself. */
export const NotFramed = () => {
  const t = useTranslations('picker')
  return (
    <main className={styles.page}>
      <title>{t('title')}</title>
      <EmptyState icon={<Frame size={24} aria-hidden />} title={t('notFramed')}>
        {t('notFramedHint')}
      </EmptyState>
    </main>
  )
}
