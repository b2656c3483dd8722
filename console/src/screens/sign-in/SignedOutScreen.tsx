import { useNavigate } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import { SignInForm } from '../../parts/sign-in/SignInForm.tsx'
import { SignInCard } from './SignInCard.tsx'

/** Shown after a sign-out. It does not go to the login service by itself, which might sign in again at once. */
export const SignedOutScreen = () => {
  const t = useTranslations('signIn')
  const navigate = useNavigate()
  return (
    <SignInCard title={t('signedOut')}>
      <SignInForm
        code={null}
        returnPath="/console/library"
        onSignedIn={() => void navigate({ to: '/library', replace: true })}
      />
    </SignInCard>
  )
}
