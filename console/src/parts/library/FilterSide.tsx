import { useTranslations } from 'use-intl'
import type { MediaKind } from '../../api/generated/documents.ts'
import type { FacetSections, useMediaFacets } from '../../data/facets.ts'
import { FolderPanel } from '../folder/FolderPanel.tsx'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'
import { FacetBar } from './FacetBar.tsx'
import type { LibrarySearch } from './search.ts'

export interface FilterSideProps {
  search: LibrarySearch
  onSearch(change: Partial<LibrarySearch>): void
  kinds?: readonly MediaKind[]
  facetsQuery: Pick<ReturnType<typeof useMediaFacets>, 'data' | 'error' | 'refetch'>
  sections: FacetSections
}

/** Folders and facets. Their code is loaded after the first media are shown. */
export const FilterSide = ({ search, onSearch, kinds, facetsQuery, sections }: FilterSideProps) => {
  const t = useTranslations('common')
  const { data: facets, error, refetch } = facetsQuery
  const changeFolder = (folder: string | undefined) =>
    onSearch({ folder, direct: folder === undefined ? undefined : search.direct })
  return (
    <>
      <FolderPanel folder={search.folder} onChange={changeFolder} />
      {error !== null && facets === undefined && (
        <Notice
          tone="danger"
          action={
            <Button size="small" onPress={() => void refetch()}>
              {t('retry')}
            </Button>
          }
        >
          {error.message}
        </Notice>
      )}
      <FacetBar search={search} onSearch={onSearch} kinds={kinds} facets={facets} sections={sections} />
    </>
  )
}
