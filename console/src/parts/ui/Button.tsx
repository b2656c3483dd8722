import { LoaderCircle } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components/Button'
import styles from './Button.module.css'

export interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'style' | 'children'> {
  variant?: 'primary' | 'secondary' | 'quiet' | 'danger'
  size?: 'small' | 'medium'
  icon?: ReactNode
  children: ReactNode
}

/** A button with a text. While `isPending`, it keeps the focus and its size and does nothing. */
export const Button = ({ variant = 'secondary', size = 'medium', icon, children, ...props }: ButtonProps) => (
  <AriaButton {...props} className={styles.button} data-variant={variant} data-size={size}>
    {props.isPending ? <LoaderCircle className={styles.spinner} aria-hidden size={16} /> : icon}
    <span>{children}</span>
  </AriaButton>
)
