import { useTranslations } from 'use-intl'
import type { MediaKind } from '../../api/generated/documents.ts'
import type { FacetSections, MediaFacets } from '../../data/facets.ts'
import { FolderPanel } from '../folder/FolderPanel.tsx'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'
import { FacetBar } from './FacetBar.tsx'
import type { ChangeSearch, LibrarySearch } from './search.ts'

export interface FilterSideProps {
  search: LibrarySearch
  onSearch: ChangeSearch
  kinds?: readonly MediaKind[]
  facets: MediaFacets | undefined
  /** Why there are no facets; null if there are, or will be. */
  facetError: Error | null
  onRetry(): void
  sections: FacetSections
}

/** Folders and facets. Their code is loaded after the first media are shown. */
export const FilterSide = ({ search, onSearch, kinds, facets, facetError, onRetry, sections }: FilterSideProps) => {
  const t = useTranslations('common')
  const changeFolder = (folder: string | undefined) =>
    onSearch({ folder, direct: folder === undefined ? undefined : search.direct })
  return (
    <>
      <FolderPanel folder={search.folder} onChange={changeFolder} />
      {facetError !== null && (
        <Notice
          tone="danger"
          action={
            <Button size="small" onPress={onRetry}>
              {t('retry')}
            </Button>
          }
        >
          {facetError.message}
        </Notice>
      )}
      <FacetBar search={search} onSearch={onSearch} kinds={kinds} facets={facets} sections={sections} />
    </>
  )
}
