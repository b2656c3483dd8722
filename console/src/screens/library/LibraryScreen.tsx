import { useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useCallback } from 'react'
import { useTranslations } from 'use-intl'
import { LibraryBulkBar } from '../../parts/bulk/LibraryBulkBar.tsx'
import { useFolderDrop } from '../../parts/bulk/useFolderDrop.ts'
import { MediaBrowser } from '../../parts/library/MediaBrowser.tsx'
import type { LibrarySearch } from '../../parts/library/search.ts'
import { ScreenHeader } from '../../parts/shell/ScreenHeader.tsx'
import { UploadButton } from '../../parts/upload/UploadButton.tsx'
import styles from './LibraryScreen.module.css'

const DetailPanel = lazy(async () => ({ default: (await import('../../parts/media/DetailPanel.tsx')).DetailPanel }))

/** All media, with the state of the list in the address. */
export const LibraryScreen = () => {
  const t = useTranslations('shell')
  const folderDrop = useFolderDrop()
  const search = useSearch({ from: '/shell/library' })
  const navigate = useNavigate({ from: '/library' })
  const change = useCallback(
    (part: Partial<LibrarySearch>, options: { replace?: boolean } = {}) =>
      void navigate({ search: (previous: LibrarySearch) => ({ ...previous, ...part }), ...options }),
    [navigate],
  )
  const open = useCallback(
    (id: string) => void navigate({ to: '/library/$id/$tab', params: { id, tab: 'overview' } }),
    [navigate],
  )
  // The way back closes the details. It does not lead through all media that were looked at.
  const preview = useCallback(
    (media: string | undefined) => change({ media }, { replace: search.media !== undefined }),
    [change, search.media],
  )
  return (
    <>
      <ScreenHeader title={t('library')}>
        <UploadButton />
      </ScreenHeader>
      <div className={styles.beside}>
        <div className={styles.list} {...folderDrop}>
          <MediaBrowser search={search} onSearch={change} onOpen={open} onPreview={preview} />
          <LibraryBulkBar />
        </div>
        {search.media !== undefined && (
          <Suspense>
            <DetailPanel key={search.media} id={search.media} onClose={() => preview(undefined)} />
          </Suspense>
        )}
      </div>
    </>
  )
}
