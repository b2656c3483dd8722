import { ShieldCheck } from 'lucide-react'
import { useTranslations } from 'use-intl'
import type { useVerifyLog } from '../../data/log.ts'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'

type Verify = ReturnType<typeof useVerifyLog>

export const VerifyButton = ({ verify }: { verify: Verify }) => {
  const t = useTranslations('log')
  return (
    <Button icon={<ShieldCheck aria-hidden />} isPending={verify.isPending} onPress={() => verify.mutate()}>
      {t('verify')}
    </Button>
  )
}

/** Result of the verification: how many events are intact, or where the damage begins and why. */
export const VerifyResult = ({ verify: { data, error } }: { verify: Verify }) => {
  const t = useTranslations('log')
  if (error !== null) return <Notice tone="danger" title={error.message} isAlert />
  if (data === undefined) return null
  if (data.ok) return <Notice tone="success" title={t('verified', { count: data.checked })} isAlert />
  return (
    <Notice tone="danger" title={t('broken')} isAlert>
      <p>
        {data.reason} {data.brokenPosition !== null && t('brokenAt', { position: data.brokenPosition })}
      </p>
    </Notice>
  )
}
