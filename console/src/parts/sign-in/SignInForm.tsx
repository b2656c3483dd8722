import { useEffect, useRef, useState } from 'react'
import { Form } from 'react-aria-components/Form'
import { useTranslations } from 'use-intl'
import { messageOf } from '../../api/errors.ts'
import { announceSignIn } from '../../api/sessionChannel.ts'
import { signInMethods } from '../../api/signInMethods.ts'
import { exchangeCode } from '../../data/session.ts'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'
import { Progress } from '../ui/Progress.tsx'
import { TextField } from '../ui/TextField.tsx'
import styles from './SignInForm.module.css'
import { serviceUrl } from './serviceUrl.ts'

const command = 'npm run token -- --link'

/** Finds the code in a link, or takes the text for the code itself. */
const codeOf = (text: string): string => new URLSearchParams(text.split('#')[1] ?? '').get('code') ?? text.trim()

/** Opens the login service in a window, which `/console/signed-in` closes; in this tab if the browser allows no windows. */
const openService = (returnPath: string): void => {
  const opened = window.open(serviceUrl('/console/signed-in'), 'mediagraph-sign-in', 'popup,width=520,height=680')
  if (opened === null) location.assign(serviceUrl(returnPath))
}

interface SignInFormProps {
  /** Code of a link that was opened; it is exchanged at once. */
  code: string | null
  /** Path to which the login service returns. */
  returnPath: string
  /** Whether the page stays as it is, so that the login service opens in a window of its own. */
  isInPlace?: boolean
  onSignedIn(): void
}

/** Offers the ways to sign in that the server has: by a one-time link, and by a login service. */
export const SignInForm = ({ code, returnPath, isInPlace = false, onSignedIn }: SignInFormProps) => {
  const t = useTranslations('signIn')
  const [isPending, setIsPending] = useState(code !== null)
  const [refusal, setRefusal] = useState<string | null>(null)
  const hasBegun = useRef(false)

  const exchange = async (text: string): Promise<void> => {
    setIsPending(true)
    setRefusal(null)
    try {
      await exchangeCode(codeOf(text))
      announceSignIn()
      onSignedIn()
    } catch (error) {
      setRefusal(messageOf(error))
      setIsPending(false)
    }
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: a code works once, so it is exchanged once.
  useEffect(() => {
    if (code === null || hasBegun.current) return
    hasBegun.current = true
    void exchange(code)
  }, [code])

  if (isPending && code !== null && refusal === null)
    return (
      <div role="status" className={styles.form}>
        <p>{t('signingIn')}</p>
        <Progress label={t('signingIn')} percent={null} />
      </div>
    )
  return (
    <div className={styles.form}>
      {refusal !== null && (
        <Notice tone="danger" title={refusal} isAlert>
          {signInMethods.includes('link') && <p>{t('newLink', { command })}</p>}
        </Notice>
      )}
      {signInMethods.includes('service') && (
        <Button
          variant="primary"
          onPress={isInPlace ? () => openService(returnPath) : () => location.assign(serviceUrl(returnPath))}
        >
          {t('withService')}
        </Button>
      )}
      {signInMethods.includes('link') && (
        <Form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault()
            void exchange(String(new FormData(event.currentTarget).get('code')))
          }}
        >
          <TextField
            label={t('code')}
            name="code"
            isRequired
            description={t('linkHint', { command })}
            autoComplete="off"
          />
          <Button
            type="submit"
            variant={signInMethods.includes('service') ? 'secondary' : 'primary'}
            isPending={isPending}
          >
            {t('submit')}
          </Button>
        </Form>
      )}
    </div>
  )
}
