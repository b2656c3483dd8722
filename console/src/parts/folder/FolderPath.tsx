import { ChevronRight } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { useFolderPath } from '../../data/folders.ts'
import styles from './FolderPath.module.css'

interface FolderPathProps {
  /** Id of a folder, or `root`. */
  folder: string
  onChange(folder: string | undefined): void
}

/** Folders above the chosen one, each a way back to it. */
export const FolderPath = ({ folder, onChange }: FolderPathProps) => {
  const t = useTranslations('filters')
  const { data } = useFolderPath(folder === 'root' ? undefined : folder)
  const above = [{ id: undefined, name: t('allMedia') }, ...(data?.ancestors ?? [])]
  const name = folder === 'root' ? t('noFolder') : data === null ? t('folderGone') : (data?.name ?? '…')
  return (
    <nav aria-label={t('path')}>
      <ol className={styles.path}>
        {above.map(({ id, name }) => (
          <li key={id ?? 'all'}>
            <button type="button" className={styles.step} onClick={() => onChange(id)}>
              {name}
            </button>
            <ChevronRight size={14} aria-hidden />
          </li>
        ))}
        <li aria-current="page" className={styles.current}>
          {name}
        </li>
      </ol>
    </nav>
  )
}
