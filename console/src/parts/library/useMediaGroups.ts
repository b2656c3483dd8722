import { useTranslations } from 'use-intl'
import type { MediaKind } from '../../api/generated/documents.ts'
import { useFolderFacets, useMediaFacets } from '../../data/facets.ts'
import { useFormat } from '../format.ts'
import { type Grouping, toGroups } from './groups.ts'
import { type LibrarySearch, toListFilter } from './search.ts'

/** Groups of the media that match, from the facets. */
export const useMediaGroups = (grouping: Grouping, search: LibrarySearch, kinds: readonly MediaKind[] | undefined) => {
  const t = useTranslations('filters')
  const { month } = useFormat()
  const filter = toListFilter(search, kinds)
  const byFolder = useFolderFacets(filter, grouping === 'folder')
  const others = useMediaFacets(
    filter,
    { courses: grouping === 'course', uploaders: grouping === 'uploader', months: grouping === 'month' },
    grouping !== 'folder',
  )
  const { error, refetch } = grouping === 'folder' ? byFolder : others
  const groups = toGroups(grouping, { ...others.data, folders: byFolder.data }, search, kinds, {
    noFolder: t('noFolder'),
    month,
  })
  return { groups, error, refetch }
}
