import { useEffect, useState } from 'react'
import { Button as AriaButton } from 'react-aria-components/Button'
import { useTranslations } from 'use-intl'
import { type RecentAssignment, useUndo } from '../../data/assignments.ts'
import { undoSecondsLeft } from '../../data/undoWindow.ts'
import { useToasts } from '../../state/toasts.ts'
import styles from './UndoButton.module.css'

const radius = 9
const length = 2 * Math.PI * radius

interface UndoButtonProps {
  recent: RecentAssignment
  /** Length of the undo window in seconds. */
  windowSeconds: number
}

/** A button with a ring that empties while an assignment can be undone; nothing afterwards. */
export const UndoButton = ({ recent, windowSeconds }: UndoButtonProps) => {
  const t = useTranslations('people')
  const show = useToasts((state) => state.show)
  const undo = useUndo()
  const [seconds, setSeconds] = useState(() => undoSecondsLeft(recent.assignment, performance.now()))
  const { assignment } = recent
  useEffect(() => {
    const update = (): void => setSeconds(undoSecondsLeft(assignment, performance.now()))
    update()
    const timer = setInterval(update, 250)
    return () => clearInterval(timer)
  }, [assignment])
  if (assignment.status !== 'CURRENT' || !assignment.viewerCanUndo.allowed || seconds === 0) return null
  const run = (): void =>
    undo.mutate(recent, {
      onSuccess: () => show({ tone: 'success', message: t('undone', { title: assignment.mediaTitle }) }),
      onError: (error) => show({ tone: 'danger', message: error.message }),
    })
  const wholeSeconds = Math.ceil(seconds)
  return (
    <AriaButton className={styles.undo} isPending={undo.isPending} onPress={run}>
      <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
        <circle className={styles.track} cx="12" cy="12" r={radius} />
        <circle
          className={styles.rest}
          cx="12"
          cy="12"
          r={radius}
          strokeDasharray={length}
          strokeDashoffset={length * (1 - Math.min(1, seconds / windowSeconds))}
        />
        <text x="12" y="15" textAnchor="middle">
          {wholeSeconds}
        </text>
      </svg>
      <span aria-hidden>{t('undo')}</span>
      <span className="visually-hidden">{t('undoLeft', { seconds: wholeSeconds })}</span>
    </AriaButton>
  )
}
