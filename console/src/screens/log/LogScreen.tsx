import { useNavigate, useSearch } from '@tanstack/react-router'
import { ScrollText } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { useLog, useLogTail, useVerifyLog } from '../../data/log.ts'
import { EventTable } from '../../parts/log/EventTable.tsx'
import { LogFilterForm } from '../../parts/log/LogFilterForm.tsx'
import { VerifyButton, VerifyResult } from '../../parts/log/VerifyButton.tsx'
import { ScreenHeader } from '../../parts/shell/ScreenHeader.tsx'
import { Button } from '../../parts/ui/Button.tsx'
import { Checkbox } from '../../parts/ui/Checkbox.tsx'
import { EmptyState } from '../../parts/ui/EmptyState.tsx'
import { Notice } from '../../parts/ui/Notice.tsx'
import { Skeleton } from '../../parts/ui/Skeleton.tsx'
import styles from './LogScreen.module.css'

/** The audit trail, for admins: filter, live tail, verification. */
export const LogScreen = () => {
  const t = useTranslations('log')
  const common = useTranslations('common')
  const filter = useSearch({ from: '/shell/log' })
  const navigate = useNavigate({ from: '/log' })
  const [isLive, setIsLive] = useState(false)
  const list = useLog(filter)
  const tail = useLogTail(filter, isLive)
  const verify = useVerifyLog()
  if (list.error !== null && list.data === undefined) throw list.error
  const tailIds = new Set(tail.events.map(({ id }) => id))
  const events = [...tail.events, ...(list.data ?? []).filter(({ id }) => !tailIds.has(id))]
  return (
    <>
      <ScreenHeader title={t('title')}>
        <Checkbox isSelected={isLive} onChange={setIsLive}>
          {t('live')}
        </Checkbox>
        <VerifyButton verify={verify} />
      </ScreenHeader>
      <div className={styles.screen}>
        <VerifyResult verify={verify} />
        {tail.error !== null && <Notice tone="danger" title={tail.error.message} isAlert />}
        <LogFilterForm key={JSON.stringify(filter)} filter={filter} onApply={(search) => void navigate({ search })} />
        {list.data === undefined ? (
          <Skeleton height="32rem" />
        ) : events.length === 0 ? (
          <EmptyState icon={<ScrollText size={24} aria-hidden />} title={t('empty')}>
            {t('emptyHint')}
          </EmptyState>
        ) : (
          <EventTable events={events} />
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
