import { useRouter } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useTranslations } from 'use-intl'
import { endedSince, type Operation } from '../../data/operationCache.ts'
import { useToasts } from '../../state/toasts.ts'

/** Announces each operation that ends while the page is open. */
export const useEndedOperations = (operations: readonly Operation[] | undefined): void => {
  const t = useTranslations('operations')
  const show = useToasts((state) => state.show)
  const router = useRouter()
  const previous = useRef(operations)
  useEffect(() => {
    if (operations === undefined) return
    const ended = endedSince(previous.current ?? operations, operations)
    previous.current = operations
    for (const { id, summary, status, failed } of ended) {
      const open = () => void router.navigate({ to: '/operations/$id', params: { id } })
      show({
        tone: status === 'COMPLETED' ? 'success' : status === 'FAILED' ? 'danger' : 'neutral',
        message: t('ended', { summary, status, failed }),
        action: status === 'COMPLETED' || status === 'CANCELLED' ? undefined : { label: t('show'), run: open },
      })
    }
  }, [operations, show, t, router])
}
