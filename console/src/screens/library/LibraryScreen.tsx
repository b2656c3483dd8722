import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'
import { useTranslations } from 'use-intl'
import { LibraryBulkBar } from '../../parts/bulk/LibraryBulkBar.tsx'
import { MediaBrowser } from '../../parts/library/MediaBrowser.tsx'
import type { LibrarySearch } from '../../parts/library/search.ts'
import { DetailPanel } from '../../parts/media/DetailPanel.tsx'
import { ScreenHeader } from '../../parts/shell/ScreenHeader.tsx'
import styles from './LibraryScreen.module.css'

/** All media, with the state of the list in the address. */
export const LibraryScreen = () => {
  const t = useTranslations('shell')
  const search = useSearch({ from: '/shell/library' })
  const navigate = useNavigate({ from: '/library' })
  const change = useCallback(
    (part: Partial<LibrarySearch>) =>
      void navigate({ search: (previous: LibrarySearch) => ({ ...previous, ...part }) }),
    [navigate],
  )
  return (
    <>
      <ScreenHeader title={t('library')} />
      <div className={styles.beside}>
        <MediaBrowser search={search} onSearch={change} onOpen={(media) => change({ media })} />
        {search.media !== undefined && (
          <DetailPanel key={search.media} id={search.media} onClose={() => change({ media: undefined })} />
        )}
      </div>
      <LibraryBulkBar />
    </>
  )
}
