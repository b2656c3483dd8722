import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslations } from 'use-intl'
import { usePermissions } from '../../data/session.ts'
import { ShortcutsDialog } from '../shortcuts/ShortcutsDialog.tsx'
import { ActivityTray } from '../tray/ActivityTray.tsx'
import { AccountMenu } from './AccountMenu.tsx'
import { ConnectionBanner } from './ConnectionBanner.tsx'
import { places } from './places.ts'
import styles from './Shell.module.css'

/** Frame of every screen: navigation, the state of the connection, and the screen itself. */
export const Shell = ({ children }: { children: ReactNode }) => {
  const t = useTranslations('shell')
  const permissions = usePermissions()
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
          {places
            .filter(({ needs }) => needs === null || permissions[needs])
            .map(({ to, label, icon: Icon }) => (
              <li key={to}>
                <Link to={to} className={styles.place} activeProps={{ className: `${styles.place} ${styles.active}` }}>
                  <Icon size={18} aria-hidden />
                  <span>{t(label)}</span>
                </Link>
              </li>
            ))}
        </ul>
        <ActivityTray />
        <AccountMenu />
      </nav>
      <div className={styles.column}>
        <ConnectionBanner />
        <main id="content" className={styles.main} tabIndex={-1}>
          {children}
        </main>
      </div>
      <ShortcutsDialog />
    </div>
  )
}
