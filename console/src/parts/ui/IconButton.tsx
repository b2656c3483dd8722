import type { ReactNode } from 'react'
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components/Button'
import styles from './IconButton.module.css'

interface IconButtonProps extends Omit<AriaButtonProps, 'className' | 'style' | 'children' | 'aria-label'> {
  label: string
  /** Text of the tooltip, if it says more than the label, for example a shortcut. */
  hint?: string
  icon: ReactNode
  isActive?: boolean
}

/** A button that shows an icon only. Its label is read by screen readers and shown as a tooltip. */
export const IconButton = ({ label, hint, icon, isActive, ...props }: IconButtonProps) => (
  // The browser's own tooltip: that of the component library would be a fifth of the first download.
  <span className={styles.place} title={hint ?? label}>
    <AriaButton {...props} aria-label={label} aria-pressed={isActive} className={styles.button}>
      {icon}
    </AriaButton>
  </span>
)
