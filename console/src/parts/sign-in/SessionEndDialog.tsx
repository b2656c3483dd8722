import { useTranslations } from 'use-intl'
import { useReloadAll } from '../../data/session.ts'
import { useSessionEnd } from '../../state/sessionEnd.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { SignInForm } from './SignInForm.tsx'

/** Offers to sign in when the session has ended, above the screen, which keeps what was typed. */
export const SessionEndDialog = () => {
  const t = useTranslations('signIn')
  const reloadAll = useReloadAll()
  const { hasEnded, setHasEnded } = useSessionEnd()
  const continueHere = (): void => {
    setHasEnded(false)
    void reloadAll()
  }
  const returnPath = `/console/${location.href.split('/console/')[1] ?? ''}`
  return (
    <Dialog title={t('ended')} size="small" isOpen={hasEnded} isAlert onClose={() => setHasEnded(false)}>
      <p>{t('endedHint')}</p>
      <SignInForm code={null} returnPath={returnPath} onSignedIn={continueHere} />
    </Dialog>
  )
}
