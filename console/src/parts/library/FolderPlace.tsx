import { useTranslations } from 'use-intl'
import { FolderPath } from '../folder/FolderPath.tsx'
import { Checkbox } from '../ui/Checkbox.tsx'
import styles from './FilterFrame.module.css'
import type { ChangeSearch, LibrarySearch } from './search.ts'

interface FolderPlaceProps {
  /** Global id of the folder, or `root`. */
  folder: string
  search: LibrarySearch
  onSearch: ChangeSearch
}

/** Path of the folder whose media are listed, and whether those of its subfolders are. */
export const FolderPlace = ({ folder, search, onSearch }: FolderPlaceProps) => {
  const t = useTranslations('filters')
  return (
    <div className={styles.place}>
      <FolderPath
        folder={folder}
        onChange={(next) => onSearch({ folder: next, direct: next === undefined ? undefined : search.direct })}
      />
      {folder !== 'root' && (
        <Checkbox
          isSelected={!search.direct}
          onChange={(isSelected) => onSearch({ direct: isSelected ? undefined : true })}
        >
          {t('withSubfolders')}
        </Checkbox>
      )}
    </div>
  )
}
