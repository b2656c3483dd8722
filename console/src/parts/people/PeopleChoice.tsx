import { Check } from 'lucide-react'
import { useState } from 'react'
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox'
import { useTranslations } from 'use-intl'
import { maxBatchUsers, useFindUserIds, useUsers } from '../../data/users.ts'
import { Button } from '../ui/Button.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Notice } from '../ui/Notice.tsx'
import { SearchField } from '../ui/SearchField.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { useDebounced } from '../ui/useDebounced.ts'
import styles from './Choice.module.css'

interface PeopleChoiceProps {
  /** Global ids of the chosen people, listed here or found by another search. */
  chosen: ReadonlySet<string>
  onChoose(chosen: ReadonlySet<string>): void
}

/** A list of people of whom several are chosen, also over several searches. */
export const PeopleChoice = ({ chosen, onChoose }: PeopleChoiceProps) => {
  const t = useTranslations('playground')
  const people = useTranslations('people')
  const common = useTranslations('common')
  const [text, setText] = useState('')
  const search = useDebounced(text.trim())
  const list = useUsers(search)
  const findIds = useFindUserIds()
  const total = Math.min(list.data?.totalCount ?? 0, maxBatchUsers)
  if (list.error !== null && list.data === undefined) throw list.error
  const listed = list.data?.people ?? []
  const listedIds = new Set(listed.map(({ id }) => id))
  const choose = (keys: Iterable<unknown>): void => {
    const elsewhere = [...chosen].filter((id) => !listedIds.has(id))
    onChoose(new Set([...elsewhere, ...[...keys].map(String)]))
  }
  return (
    <section className={styles.column} aria-label={t('people')}>
      <h2>{t('people')}</h2>
      <SearchField label={people('search')} clearLabel={people('clearSearch')} value={text} onChange={setText} />
      <div className={styles.bar}>
        <span role="status">{t('selected', { count: chosen.size })}</span>
        <span className={styles.buttons}>
          {chosen.size > 0 && (
            <Button size="small" variant="quiet" onPress={() => onChoose(new Set())}>
              {t('selectNone')}
            </Button>
          )}
          {total > 1 && (
            <Button
              size="small"
              variant="quiet"
              isPending={findIds.isPending}
              // The number would be that of the previous search.
              isDisabled={search !== text.trim() || list.isPlaceholderData}
              onPress={() => findIds.mutate(search, { onSuccess: (ids) => onChoose(new Set([...chosen, ...ids])) })}
            >
              {t('selectAll', { count: total })}
            </Button>
          )}
        </span>
      </div>
      {findIds.error !== null && <Notice tone="danger" title={findIds.error.message} isAlert />}
      {list.data === undefined ? (
        <Skeleton height="20rem" />
      ) : (
        <ListBox
          className={styles.list}
          aria-label={t('people')}
          items={listed}
          selectionMode="multiple"
          selectedKeys={[...chosen].filter((id) => listedIds.has(id))}
          onSelectionChange={(keys) => choose(keys === 'all' ? listedIds : keys)}
          renderEmptyState={() => <EmptyState title={text === '' ? people('empty') : people('noMatch')} />}
        >
          {({ id, name, currentAssignment }) => (
            <ListBoxItem id={id} className={styles.item} textValue={name}>
              {({ isSelected }) => (
                <>
                  <span className={styles.mark} data-selected={isSelected || undefined}>
                    {isSelected && <Check size={12} aria-hidden />}
                  </span>
                  <span className={styles.texts}>
                    <span>{name}</span>
                    <span className={styles.detail}>{currentAssignment?.mediaTitle ?? people('nothing')}</span>
                  </span>
                </>
              )}
            </ListBoxItem>
          )}
        </ListBox>
      )}
      {list.hasNextPage && (
        <Button isPending={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
          {common('loadMore')}
        </Button>
      )}
    </section>
  )
}
