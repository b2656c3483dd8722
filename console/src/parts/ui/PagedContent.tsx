import type { ReactNode } from 'react'
import { useTranslations } from 'use-intl'
import { Button } from './Button.tsx'
import styles from './PagedContent.module.css'
import { Problem } from './Problem.tsx'
import { Skeleton } from './Skeleton.tsx'

interface PagedContentProps<Item> {
  /** A list that is loaded page by page, as TanStack Query holds it. */
  query: {
    data: readonly Item[] | undefined
    error: Error | null
    hasNextPage: boolean
    isFetchingNextPage: boolean
    fetchNextPage(): unknown
    refetch(): unknown
  }
  /** Shown if the list has no item. */
  empty: ReactNode
  /** CSS length of one item, for the placeholders. */
  itemHeight?: string
  children(items: readonly Item[]): ReactNode
}

/** Shows a list that is loaded page by page: placeholders, what went wrong, the items, and a button for the next ones. */
export const PagedContent = <Item,>({ query, empty, itemHeight = '2.5rem', children }: PagedContentProps<Item>) => {
  const t = useTranslations('common')
  const { data, error } = query
  if (data === undefined)
    return error === null ? (
      <div className={styles.content} role="status" aria-label={t('loading')}>
        {['first', 'second', 'third', 'fourth'].map((key) => (
          <Skeleton key={key} height={itemHeight} />
        ))}
      </div>
    ) : (
      <Problem error={error} onRetry={() => void query.refetch()} />
    )
  return (
    <div className={styles.content}>
      {data.length === 0 ? empty : children(data)}
      {error !== null && <Problem error={error} onRetry={() => void query.refetch()} />}
      {query.hasNextPage && (
        <Button isPending={query.isFetchingNextPage} onPress={() => void query.fetchNextPage()}>
          {t('loadMore')}
        </Button>
      )}
    </div>
  )
}
