import { CircleAlert, CircleCheck, Info, X } from 'lucide-react'
import { useEffect } from 'react'
import { useTranslations } from 'use-intl'
import { type Toast, useToasts } from '../../state/toasts.ts'
import { Button } from './Button.tsx'
import { IconButton } from './IconButton.tsx'
import styles from './Toaster.module.css'

const icons = { success: CircleCheck, danger: CircleAlert, neutral: Info }
const durationMs = 6000

const ToastCard = ({ toast }: { toast: Toast }) => {
  const t = useTranslations('common')
  const dismiss = useToasts((state) => state.dismiss)
  const { id, tone, message, action } = toast
  const stays = tone === 'danger' || action !== undefined
  useEffect(() => {
    if (stays) return
    const timer = setTimeout(() => dismiss(id), durationMs)
    return () => clearTimeout(timer)
  }, [id, stays, dismiss])
  const Icon = icons[tone]
  const run = (): void => {
    action?.run()
    dismiss(id)
  }
  return (
    <li className={styles.toast} data-tone={tone}>
      <Icon size={18} aria-hidden />
      <p className={styles.message}>{message}</p>
      {action !== undefined && (
        <Button size="small" onPress={run}>
          {action.label}
        </Button>
      )}
      <IconButton label={t('dismiss')} icon={<X aria-hidden />} onPress={() => dismiss(id)} />
    </li>
  )
}

/** Shows the messages of `useToasts` in a corner, and announces them. */
export const Toaster = () => {
  const t = useTranslations('common')
  const toasts = useToasts((state) => state.toasts)
  return (
    <ul className={styles.toaster} aria-label={t('messages')} aria-live="polite" aria-relevant="additions">
      {toasts.map((toast) => (
        <ToastCard key={toast.id} toast={toast} />
      ))}
    </ul>
  )
}
