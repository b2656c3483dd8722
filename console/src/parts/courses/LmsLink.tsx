import { ExternalLink } from 'lucide-react'
import { useTranslations } from 'use-intl'
import styles from './LmsLink.module.css'

interface LmsLinkProps {
  /** Address in the LMS; null if the LMS sent none. */
  url: string | null
  title: string
  /** Whether only the icon is shown. */
  isShort?: boolean
}

/** Leads to a resource in its LMS, in a new tab. */
export const LmsLink = ({ url, title, isShort = false }: LmsLinkProps) => {
  const t = useTranslations('courses')
  // The LMS sends http and https only; anything else would run in this page.
  if (url === null || !/^https?:\/\//.test(url)) return null
  return (
    <a
      className={styles.link}
      href={url}
      target="_blank"
      rel="noreferrer"
      aria-label={isShort ? t('openTitleInLms', { title }) : undefined}
    >
      {!isShort && <span>{t('openInLms')}</span>}
      <ExternalLink size={16} aria-hidden />
    </a>
  )
}
