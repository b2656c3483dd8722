import { useNavigate, useSearch } from '@tanstack/react-router'
import { SearchX, Trash2 } from 'lucide-react'
import { useCallback } from 'react'
import { useTranslations } from 'use-intl'
import { useMediaCount } from '../../data/mediaList.ts'
import { useSession } from '../../data/session.ts'
import { useTrash } from '../../data/trash.ts'
import { ScreenHeader } from '../../parts/shell/ScreenHeader.tsx'
import { Button } from '../../parts/ui/Button.tsx'
import { EmptyState } from '../../parts/ui/EmptyState.tsx'
import { Skeleton } from '../../parts/ui/Skeleton.tsx'
import { TrashList } from './TrashList.tsx'
import styles from './TrashScreen.module.css'
import { TrashToolbar } from './TrashToolbar.tsx'
import { type TrashSearch, toTrashFilter, toTrashOrder } from './trashSearch.ts'

const skeletons = ['1', '2', '3', '4', '5', '6']

/** Media that were deleted and can still be restored. */
export const TrashScreen = () => {
  const t = useTranslations('trash')
  const tCommon = useTranslations('common')
  const { settings } = useSession()
  const search = useSearch({ from: '/shell/trash' })
  const navigate = useNavigate({ from: '/trash' })
  const change = useCallback(
    (part: TrashSearch) => void navigate({ search: (previous: TrashSearch) => ({ ...previous, ...part }) }),
    [navigate],
  )
  const filter = toTrashFilter(search)
  const trash = useTrash(filter, toTrashOrder(search))
  const count = useMediaCount(filter).data?.count ?? null
  if (trash.error !== null && trash.data === undefined) throw trash.error
  return (
    <>
      <ScreenHeader title={t('title')} />
      <TrashToolbar search={search} onSearch={change} count={count} />
      <div className={styles.content} aria-busy={trash.isFetching}>
        {trash.data === undefined ? (
          <ul className={styles.list} aria-label={tCommon('loading')}>
            {skeletons.map((key) => (
              <li key={key} className={styles.row}>
                <Skeleton height="3.5rem" />
              </li>
            ))}
          </ul>
        ) : (
          <TrashList key={filter.search} media={trash.data} filter={filter} count={count}>
            {search.search === undefined ? (
              <EmptyState icon={<Trash2 size={24} aria-hidden />} title={t('empty')}>
                {t('emptyHint', { days: settings.trashDays })}
              </EmptyState>
            ) : (
              <EmptyState
                icon={<SearchX size={24} aria-hidden />}
                title={t('noMatch')}
                action={<Button onPress={() => change({ search: undefined })}>{t('clearSearch')}</Button>}
              />
            )}
          </TrashList>
        )}
        {trash.hasNextPage && (
          <div className={styles.more}>
            <Button isPending={trash.isFetchingNextPage} onPress={() => void trash.fetchNextPage()}>
              {tCommon('loadMore')}
            </Button>
          </div>
        )}
      </div>
    </>
  )
}
