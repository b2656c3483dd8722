import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useTranslations } from 'use-intl'
import { consolePath } from '../../api/consolePath.ts'
import { signInMethods } from '../../api/signInMethods.ts'
import { SignInForm } from '../../parts/sign-in/SignInForm.tsx'
import { serviceUrl } from '../../parts/sign-in/serviceUrl.ts'
import { beginServiceVisit } from '../../state/serviceVisit.ts'
import { SignInCard } from './SignInCard.tsx'

/** Takes the code out of the fragment, where no server sees it, and out of the address, the history and bookmarks. */
const takeCode = (): string | null => {
  const code = new URLSearchParams(location.hash.slice(1)).get('code')
  if (code !== null) history.replaceState(null, '', location.pathname + location.search)
  return code
}

/** Signs in by the code of a link, or sends the person to the login service. */
export const SignInScreen = () => {
  const t = useTranslations('signIn')
  const navigate = useNavigate()
  const { return: returnPath = '/console/library' } = useSearch({ from: '/sign-in' })
  const [code] = useState(takeCode)
  useEffect(() => {
    const hasServiceOnly = signInMethods.length === 1 && signInMethods[0] === 'service'
    if (hasServiceOnly && beginServiceVisit()) location.replace(serviceUrl(returnPath))
  }, [returnPath])
  // Paths to return to are written as the server knows them, below `/console/`.
  const leave = (): void => void navigate({ href: consolePath + returnPath.replace(/^\/console\//, ''), replace: true })
  return (
    <SignInCard title={t('title')}>
      <SignInForm code={code} returnPath={returnPath} onSignedIn={leave} />
    </SignInCard>
  )
}
