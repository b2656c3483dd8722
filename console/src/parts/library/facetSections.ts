import type { FacetSections } from '../../data/facets.ts'
import { usePanels } from '../../state/panels.ts'

const openAtFirst: Required<FacetSections> = {
  kinds: true,
  statuses: false,
  use: true,
  tags: true,
  courses: false,
  uploaders: false,
  months: false,
}

/** Sections of the filters that are open in this browser. */
export const useFacetSections = (): Required<FacetSections> => {
  const openSections = usePanels((state) => state.openSections)
  const isOpen = (section: keyof FacetSections): boolean => openSections[section] ?? openAtFirst[section]
  return {
    kinds: isOpen('kinds'),
    statuses: isOpen('statuses'),
    use: isOpen('use'),
    tags: isOpen('tags'),
    courses: isOpen('courses'),
    uploaders: isOpen('uploaders'),
    months: isOpen('months'),
  }
}
