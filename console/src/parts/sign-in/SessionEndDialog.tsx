import { useEffect, useEffectEvent } from 'react'
import { useTranslations } from 'use-intl'
import { onSignIn } from '../../api/sessionChannel.ts'
import { useIsSamePerson, useReloadAll } from '../../data/session.ts'
import { useSessionEnd } from '../../state/sessionEnd.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { SignInForm } from './SignInForm.tsx'

/** Offers to sign in when the session has ended, above the screen, which keeps what was typed. */
export const SessionEndDialog = () => {
  const t = useTranslations('signIn')
  const reloadAll = useReloadAll()
  const { hasEnded, finish: endOffer } = useSessionEnd()
  const isSamePerson = useIsSamePerson()
  const finish = async (): Promise<void> => {
    if (await isSamePerson()) {
      endOffer(true)
      await reloadAll()
      return
    }
    // The changes that wait are those of another person.
    endOffer(false)
    location.reload()
  }
  const onSignedInElsewhere = useEffectEvent(finish)
  // The login service signs in in another window, and any other tab may do so too.
  useEffect(() => (hasEnded ? onSignIn(() => void onSignedInElsewhere()) : undefined), [hasEnded])
  const returnPath = `/console/${location.href.split('/console/')[1] ?? ''}`
  return (
    <Dialog title={t('ended')} size="small" isOpen={hasEnded} isAlert onClose={() => endOffer(false)}>
      <p>{t('endedHint')}</p>
      <SignInForm code={null} returnPath={returnPath} isInPlace onSignedIn={() => void finish()} />
    </Dialog>
  )
}
