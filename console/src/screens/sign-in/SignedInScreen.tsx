import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useTranslations } from 'use-intl'
import { announceSignIn } from '../../api/sessionChannel.ts'
import { SignInCard } from './SignInCard.tsx'

/** Return path of a sign-in in a window of its own: tells the page that opened the window, and closes it. */
export const SignedInScreen = () => {
  const t = useTranslations()
  useEffect(() => {
    announceSignIn()
    // Browsers close only windows that a script has opened.
    window.close()
  }, [])
  return (
    <SignInCard title={t('signIn.title')}>
      <p role="status">{t('signIn.signedIn')}</p>
      <Link to="/library">{t('common.toLibrary')}</Link>
    </SignInCard>
  )
}
