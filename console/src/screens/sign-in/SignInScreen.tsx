import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { useTranslations } from 'use-intl'
import { consolePath } from '../../api/consolePath.ts'
import { SignInForm } from '../../parts/sign-in/SignInForm.tsx'
import styles from './SignInScreen.module.css'

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
  const target = useRef(returnPath)
  useEffect(() => {
    document.title = `${t('title')} · Mediagraph`
  }, [t])
  // Paths to return to are written as the server knows them, below `/console/`.
  const leave = (): void =>
    void navigate({ href: consolePath + target.current.replace(/^\/console\//, ''), replace: true })
  return (
    <main className={styles.screen}>
      <div className={styles.card}>
        <h1>{t('title')}</h1>
        <SignInForm code={code} returnPath={returnPath} onSignedIn={leave} />
      </div>
    </main>
  )
}
