import { Link } from '@tanstack/react-router'
import { Users } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { type Person, useUsers } from '../../data/users.ts'
import { AssignedMedia } from '../../parts/people/AssignedMedia.tsx'
import { ScreenHeader } from '../../parts/shell/ScreenHeader.tsx'
import { Button } from '../../parts/ui/Button.tsx'
import { EmptyState } from '../../parts/ui/EmptyState.tsx'
import { SearchField } from '../../parts/ui/SearchField.tsx'
import { Skeleton } from '../../parts/ui/Skeleton.tsx'
import { type Column, Table } from '../../parts/ui/Table.tsx'
import { useDebounced } from '../../parts/ui/useDebounced.ts'
import styles from './People.module.css'

const useColumns = (): Column<Person>[] => {
  const t = useTranslations('people')
  return [
    {
      key: 'name',
      title: t('name'),
      render: ({ id, name }) => (
        <Link to="/people/$id" params={{ id }}>
          {name}
        </Link>
      ),
    },
    {
      key: 'role',
      title: t('role'),
      render: ({ role, kind }) => (kind === 'SERVICE' ? t('serviceOf') : t('roleOf', { role })),
    },
    {
      key: 'current',
      title: t('current'),
      render: ({ currentAssignment: current }) =>
        current === null ? (
          <span className={styles.muted}>{t('nothing')}</span>
        ) : (
          <AssignedMedia media={current.media} title={current.mediaTitle} />
        ),
    },
  ]
}

/** All people, with what is assigned to them now. */
export const PeopleScreen = () => {
  const t = useTranslations('people')
  const common = useTranslations('common')
  const [text, setText] = useState('')
  const list = useUsers(useDebounced(text.trim()))
  const columns = useColumns()
  if (list.error !== null && list.data === undefined) throw list.error
  return (
    <>
      <ScreenHeader title={t('title')} />
      <div className={styles.screen}>
        <div className={styles.search}>
          <SearchField label={t('search')} clearLabel={t('clearSearch')} value={text} onChange={setText} />
        </div>
        {list.data === undefined ? (
          <Skeleton height="24rem" />
        ) : list.data.people.length === 0 ? (
          <EmptyState icon={<Users size={24} aria-hidden />} title={text === '' ? t('empty') : t('noMatch')}>
            {text === '' && t('emptyHint')}
          </EmptyState>
        ) : (
          <Table caption={t('list')} columns={columns} rows={list.data.people} rowKey={({ id }) => id} />
        )}
        {list.hasNextPage && (
          <Button isPending={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
            {common('loadMore')}
          </Button>
        )}
      </div>
    </>
  )
}
