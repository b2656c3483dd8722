import { CopyCheck } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { useDuplicates } from '../../data/duplicates.ts'
import { Cluster } from '../../parts/duplicates/Cluster.tsx'
import { ScreenHeader } from '../../parts/shell/ScreenHeader.tsx'
import { Button } from '../../parts/ui/Button.tsx'
import { EmptyState } from '../../parts/ui/EmptyState.tsx'
import { Skeleton } from '../../parts/ui/Skeleton.tsx'
import styles from './DuplicatesScreen.module.css'

const pageSize = 20
/** Most clusters that the server lists; merged ones make room for others. */
const maxClusters = 100

/** Groups of media with equal content, each of which can become one. */
export const DuplicatesScreen = () => {
  const t = useTranslations('duplicates')
  const common = useTranslations('common')
  const [count, setCount] = useState(pageSize)
  const { data: clusters, error, isFetching } = useDuplicates(count)
  if (error !== null && clusters === undefined) throw error
  return (
    <>
      <ScreenHeader title={t('title')} />
      <div className={styles.screen}>
        {clusters === undefined && <Skeleton height="24rem" />}
        {clusters?.length === 0 && (
          <EmptyState icon={<CopyCheck size={24} aria-hidden />} title={t('empty')}>
            {t('emptyHint')}
          </EmptyState>
        )}
        {clusters?.map((cluster) => (
          <Cluster key={cluster.sha256} cluster={cluster} />
        ))}
        {clusters?.length === count && count < maxClusters && (
          <Button isPending={isFetching} onPress={() => setCount(count + pageSize)}>
            {common('loadMore')}
          </Button>
        )}
      </div>
    </>
  )
}
