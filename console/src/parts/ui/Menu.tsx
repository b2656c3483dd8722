import type { ReactNode } from 'react'
import {
  Menu as AriaMenu,
  MenuItem as AriaMenuItem,
  type MenuItemProps as AriaMenuItemProps,
  MenuTrigger,
} from 'react-aria-components/Menu'
import { Popover } from 'react-aria-components/Popover'
import styles from './Menu.module.css'

interface MenuProps {
  label: string
  /** The button that opens the menu. */
  trigger: ReactNode
  children: ReactNode
}

/** A button with a menu of actions: `MenuItem` elements. */
export const Menu = ({ label, trigger, children }: MenuProps) => (
  <MenuTrigger>
    {trigger}
    <Popover className={styles.popover} offset={4}>
      <AriaMenu className={styles.list} aria-label={label}>
        {children}
      </AriaMenu>
    </Popover>
  </MenuTrigger>
)

interface MenuItemProps extends Omit<AriaMenuItemProps, 'className' | 'style' | 'children'> {
  icon?: ReactNode
  /** Why the action is disabled, in the server's words. */
  reason?: string | null
  shortcut?: string
  isDangerous?: boolean
  children: string
}

export const MenuItem = ({ icon, reason, shortcut, isDangerous, children, ...props }: MenuItemProps) => (
  <AriaMenuItem {...props} className={styles.item} textValue={children} data-dangerous={isDangerous || undefined}>
    {icon}
    <span className={styles.text}>
      {children}
      {reason != null && <small className={styles.reason}>{reason}</small>}
    </span>
    {shortcut !== undefined && <kbd className={styles.shortcut}>{shortcut}</kbd>}
  </AriaMenuItem>
)
