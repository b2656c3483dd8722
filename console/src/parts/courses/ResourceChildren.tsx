import { useTranslations } from 'use-intl'
import type { ResourceRef } from '../../api/generated/documents.ts'
import { useResourceChildren } from '../../data/courses.ts'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import styles from './ResourceChildren.module.css'
import { ResourceNode } from './ResourceNode.tsx'

interface ResourceChildrenProps {
  resource: ResourceRef
  title: string
}

/** One level of the tree of a course, in the order of the server. */
export const ResourceChildren = ({ resource, title }: ResourceChildrenProps) => {
  const [t, tCommon] = [useTranslations('courses'), useTranslations('common')]
  const list = useResourceChildren(resource)
  const children = list.data?.pages.flatMap((page) => page.resource?.children.nodes ?? []) ?? []
  if (list.isPending) return <Skeleton height="2.75rem" />
  if (list.data === undefined)
    return (
      <Notice
        tone="danger"
        title={list.error?.message}
        action={<Button onPress={() => void list.refetch()}>{tCommon('retry')}</Button>}
      />
    )
  if (children.length === 0) return <p className={styles.empty}>{t('noChildren')}</p>
  return (
    <>
      <ul aria-label={t('childrenOf', { title })}>
        {children.map((child) => (
          <ResourceNode key={child.id} resource={child} />
        ))}
      </ul>
      {list.hasNextPage && (
        <Button size="small" isPending={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
          {tCommon('loadMore')}
        </Button>
      )}
    </>
  )
}
