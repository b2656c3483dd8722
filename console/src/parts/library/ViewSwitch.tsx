import { LayoutGrid, ListTree, Rows3 } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { IconButton } from '../ui/IconButton.tsx'
import type { LibrarySearch } from './search.ts'
import styles from './ViewSwitch.module.css'

interface ViewSwitchProps {
  search: LibrarySearch
  onSearch(change: Partial<LibrarySearch>): void
}

/** Shows the media as cards, in a table or in groups. */
export const ViewSwitch = ({ search, onSearch }: ViewSwitchProps) => {
  const t = useTranslations('library')
  const view = search.view ?? 'grid'
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields of a form.
    <div className={styles.switch} role="group" aria-label={t('view')}>
      <IconButton
        label={t('viewGrid')}
        icon={<LayoutGrid aria-hidden />}
        isActive={view === 'grid'}
        onPress={() => onSearch({ view: undefined })}
      />
      <IconButton
        label={t('viewTable')}
        icon={<Rows3 aria-hidden />}
        isActive={view === 'table'}
        onPress={() => onSearch({ view: 'table' })}
      />
      <IconButton
        label={t('viewGroups')}
        icon={<ListTree aria-hidden />}
        isActive={view === 'groups'}
        onPress={() => onSearch({ view: 'groups' })}
      />
    </div>
  )
}
