import { useTranslations } from 'use-intl'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { FilterSide, type FilterSideProps } from './FilterSide.tsx'

interface FilterDialogProps extends FilterSideProps {
  /** Number of matches; null while it is counted. */
  count: number | null
  onClose(): void
}

/** Folders and facets where there is no room for a column. */
export const FilterDialog = ({ count, onClose, ...side }: FilterDialogProps) => {
  const t = useTranslations('filters')
  return (
    <Dialog
      title={t('filters')}
      isOpen
      onClose={onClose}
      actions={
        <Button variant="primary" onPress={onClose}>
          {count === null ? t('showResults') : t('showCount', { count })}
        </Button>
      }
    >
      <FilterSide {...side} />
    </Dialog>
  )
}
