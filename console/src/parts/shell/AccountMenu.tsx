import { useNavigate } from '@tanstack/react-router'
import { CircleUser, LogOut, SunMoon } from 'lucide-react'
import { useState } from 'react'
import { Button as AriaButton } from 'react-aria-components/Button'
import { useTranslations } from 'use-intl'
import { consoleUrl } from '../../api/consolePath.ts'
import { signOut, useSession } from '../../data/session.ts'
import type { Language } from '../../messages/messages.ts'
import { type Theme, usePreferences } from '../../state/preferences.ts'
import { useToasts } from '../../state/toasts.ts'
import { Dialog } from '../ui/Dialog.tsx'
import { Menu, MenuItem } from '../ui/Menu.tsx'
import { Select } from '../ui/Select.tsx'
import styles from './AccountMenu.module.css'

const initialsOf = (name: string): string =>
  name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word.slice(0, 1).toUpperCase())
    .join('')

const PreferencesDialog = ({ onClose }: { onClose(): void }) => {
  const t = useTranslations('shell')
  const { theme, language, setTheme, setLanguage } = usePreferences()
  const themes: { value: Theme; label: string }[] = [
    { value: 'system', label: t('themeSystem') },
    { value: 'light', label: t('themeLight') },
    { value: 'dark', label: t('themeDark') },
  ]
  const languages: { value: Language; label: string }[] = [
    { value: 'en', label: 'English' },
    { value: 'de', label: 'Deutsch' },
  ]
  return (
    <Dialog title={t('preferences')} size="small" isOpen onClose={onClose}>
      <Select label={t('theme')} options={themes} value={theme} onChange={setTheme} />
      <Select label={t('language')} options={languages} value={language ?? 'en'} onChange={setLanguage} />
    </Dialog>
  )
}

/** Shows who is signed in, the choices for this browser, and the way out. */
export const AccountMenu = () => {
  const t = useTranslations('shell')
  const { viewer } = useSession()
  const navigate = useNavigate()
  const show = useToasts((state) => state.show)
  const [isOpen, setIsOpen] = useState(false)
  const leave = async (): Promise<void> => {
    try {
      await signOut()
      // A new page: nothing of the session stays in memory.
      location.assign(consoleUrl('signed-out'))
    } catch (error) {
      show({ tone: 'danger', message: String(error) })
    }
  }
  const trigger = (
    <AriaButton className={styles.account}>
      <span className={styles.initials} aria-hidden>
        {initialsOf(viewer.name)}
      </span>
      <span className={styles.names}>
        <span className={styles.name}>{viewer.name}</span>
        <span className={styles.role}>{t('role', { role: viewer.role })}</span>
      </span>
    </AriaButton>
  )
  return (
    <>
      <Menu label={t('account', { name: viewer.name })} trigger={trigger}>
        <MenuItem
          icon={<CircleUser aria-hidden />}
          onAction={() => void navigate({ to: '/people/$id', params: { id: viewer.id } })}
        >
          {t('profile')}
        </MenuItem>
        <MenuItem icon={<SunMoon aria-hidden />} onAction={() => setIsOpen(true)}>
          {t('preferences')}
        </MenuItem>
        <MenuItem icon={<LogOut aria-hidden />} onAction={() => void leave()}>
          {t('signOut')}
        </MenuItem>
      </Menu>
      {isOpen && <PreferencesDialog onClose={() => setIsOpen(false)} />}
    </>
  )
}
