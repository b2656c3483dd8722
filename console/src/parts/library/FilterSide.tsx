import type { MediaKind } from '../../api/generated/documents.ts'
import type { FacetSections, MediaFacets } from '../../data/facets.ts'
import { FolderPanel } from '../folder/FolderPanel.tsx'
import { FacetBar } from './FacetBar.tsx'
import type { LibrarySearch } from './search.ts'

export interface FilterSideProps {
  search: LibrarySearch
  onSearch(change: Partial<LibrarySearch>): void
  kinds?: readonly MediaKind[]
  facets: MediaFacets | undefined
  sections: FacetSections
}

/** Folders and facets. Their code is loaded after the first media are shown. */
export const FilterSide = ({ search, onSearch, kinds, facets, sections }: FilterSideProps) => {
  const changeFolder = (folder: string | undefined) =>
    onSearch({ folder, direct: folder === undefined ? undefined : search.direct })
  return (
    <>
      <FolderPanel folder={search.folder} onChange={changeFolder} />
      <FacetBar search={search} onSearch={onSearch} kinds={kinds} facets={facets} sections={sections} />
    </>
  )
}
