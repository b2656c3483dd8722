import { Fragment, useState } from 'react'
import { useTranslations } from 'use-intl'
import { useShortcutHandlers } from '../../state/shortcutHandlers.ts'
import { Dialog } from '../ui/Dialog.tsx'
import styles from './ShortcutsDialog.module.css'
import { partsOfKey, shortcuts } from './shortcuts.ts'
import { useShortcut } from './useShortcut.ts'

const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent)

const Keys = ({ keys }: { keys: readonly string[] }) => {
  const t = useTranslations('shortcuts')
  return keys.map((key, index) => (
    <Fragment key={key}>
      {index > 0 && ` ${t('or')} `}
      {partsOfKey(key, isApple).map((part) => {
        const text = 'name' in part ? t(`key.${part.name}`) : part.text
        return <kbd key={text}>{text}</kbd>
      })}
    </Fragment>
  ))
}

/** Lists the shortcuts that work on this screen now. */
const Help = ({ onClose }: { onClose(): void }) => {
  const t = useTranslations('shortcuts')
  const handlers = useShortcutHandlers((state) => state.handlers)
  const working = shortcuts.filter(({ id }) => (handlers.get(id)?.length ?? 0) > 0)
  return (
    <Dialog title={t('title')} isOpen onClose={onClose}>
      {(['page', 'grid'] as const).map((scope) => {
        const listed = working.filter((shortcut) => shortcut.scope === scope)
        return (
          listed.length > 0 && (
            <section key={scope}>
              <h3>{t('scope', { scope })}</h3>
              {scope === 'grid' && <p className={styles.hint}>{t('scopeHint')}</p>}
              <dl className={styles.list}>
                {listed.map(({ id, keys }) => (
                  <div key={id} className={styles.shortcut}>
                    <dt>{t(`action.${id}`)}</dt>
                    <dd>
                      <Keys keys={keys} />
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          )
        )
      })}
    </Dialog>
  )
}

/** Shows the help when its key is pressed. */
export const ShortcutsDialog = () => {
  const [isOpen, setIsOpen] = useState(false)
  useShortcut('help', () => setIsOpen(true))
  return isOpen && <Help onClose={() => setIsOpen(false)} />
}
