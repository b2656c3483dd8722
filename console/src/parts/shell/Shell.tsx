import { Link, useMatch, useMatchRoute } from '@tanstack/react-router'
import { lazy, type ReactNode, useEffect } from 'react'
import { useTranslations } from 'use-intl'
import { usePermissions } from '../../data/session.ts'
import { useFirstContent } from '../../state/firstContent.ts'
import { usePageShortcuts } from '../shortcuts/useShortcut.ts'
import { AfterFirstContent } from './AfterFirstContent.tsx'
import { ConnectionBanner } from './ConnectionBanner.tsx'
import { ForbiddenPage } from './ErrorPage.tsx'
import { type Place, places } from './places.ts'
import styles from './Shell.module.css'

const AccountMenu = lazy(async () => ({ default: (await import('./AccountMenu.tsx')).AccountMenu }))
const ActivityTray = lazy(async () => ({ default: (await import('../tray/ActivityTray.tsx')).ActivityTray }))
const ShortcutsDialog = lazy(async () => ({
  default: (await import('../shortcuts/ShortcutsDialog.tsx')).ShortcutsDialog,
}))
const UploadHost = lazy(async () => ({ default: (await import('../upload/UploadHost.tsx')).UploadHost }))

/** Frame of every screen: navigation, the state of the connection, and the screen itself. */
export const Shell = ({ children }: { children: ReactNode }) => {
  const t = useTranslations('shell')
  const permissions = usePermissions()
  usePageShortcuts()
  const isLibrary = useMatch({ from: '/shell/library', shouldThrow: false }) !== undefined
  const showFirstContent = useFirstContent((state) => state.show)
  // The library says itself when it shows media.
  useEffect(() => {
    if (!isLibrary) showFirstContent()
  }, [isLibrary, showFirstContent])
  const matchRoute = useMatchRoute()
  const isOffered = ({ needs }: Place): boolean => needs === null || permissions[needs]
  const isForbidden = places.some((place) => !isOffered(place) && matchRoute({ to: place.to }) !== false)
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#content">
        {t('skip')}
      </a>
      <nav className={styles.navigation} aria-label={t('navigation')}>
        <span className={styles.brand}>
          <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
            <rect width="32" height="32" rx="8" fill="var(--accent)" />
            <path
              d="M8 22V10l8 7 8-7v12"
              fill="none"
              stroke="#fff"
              strokeWidth="3"
              strokeLinecap="round"
              strokeLinejoin="round"
            />
          </svg>
          <span className={styles.name}>Mediagraph</span>
        </span>
        <ul className={styles.places}>
          {places.filter(isOffered).map(({ to, label, icon: Icon }) => (
            <li key={to}>
              <Link to={to} className={styles.place} activeProps={{ className: `${styles.place} ${styles.active}` }}>
                <Icon size={18} aria-hidden />
                <span>{t(label)}</span>
              </Link>
            </li>
          ))}
        </ul>
        <AfterFirstContent fallback={<span className={styles.later} />}>
          <ActivityTray />
          <AccountMenu />
        </AfterFirstContent>
      </nav>
      <div className={styles.column}>
        <ConnectionBanner />
        <main id="content" className={styles.main} tabIndex={-1}>
          {isForbidden ? <ForbiddenPage /> : children}
        </main>
      </div>
      <AfterFirstContent>
        <ShortcutsDialog />
        <UploadHost />
      </AfterFirstContent>
    </div>
  )
}
