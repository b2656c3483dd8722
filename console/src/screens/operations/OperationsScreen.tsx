import { ListChecks } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { useOperationList } from '../../data/operations.ts'
import { ScreenHeader } from '../../parts/shell/ScreenHeader.tsx'
import { OperationItem } from '../../parts/tray/OperationItem.tsx'
import { Button } from '../../parts/ui/Button.tsx'
import { EmptyState } from '../../parts/ui/EmptyState.tsx'
import { Skeleton } from '../../parts/ui/Skeleton.tsx'
import styles from './OperationsScreen.module.css'

const skeletons = ['1', '2', '3', '4']

/** Bulk changes that the person requested, newest first, with live progress. */
export const OperationsScreen = () => {
  const t = useTranslations('operations')
  const tCommon = useTranslations('common')
  const { data: operations, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage } = useOperationList()
  if (error !== null && operations === undefined) throw error
  return (
    <>
      <ScreenHeader title={t('title')} />
      {isPending ? (
        <ul className={styles.list} aria-busy aria-label={tCommon('loading')}>
          {skeletons.map((key) => (
            <li key={key} className={styles.placeholder}>
              <Skeleton height="1.25rem" width="60%" />
              <Skeleton height="0.25rem" />
              <Skeleton height="1rem" width="30%" />
            </li>
          ))}
        </ul>
      ) : operations?.length === 0 ? (
        <EmptyState icon={<ListChecks size={24} aria-hidden />} title={t('empty')}>
          {t('emptyHint')}
        </EmptyState>
      ) : (
        <>
          <ul className={styles.list} aria-label={t('title')}>
            {operations?.map((operation) => (
              <li key={operation.id}>
                <OperationItem operation={operation} />
              </li>
            ))}
          </ul>
          {hasNextPage && (
            <div className={styles.more}>
              <Button isPending={isFetchingNextPage} onPress={() => void fetchNextPage()}>
                {tCommon('loadMore')}
              </Button>
            </div>
          )}
        </>
      )}
    </>
  )
}
