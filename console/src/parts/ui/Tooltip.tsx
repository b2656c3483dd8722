import type { ReactNode } from 'react'
import { Tooltip as AriaTooltip } from 'react-aria-components/Tooltip'
import styles from './Tooltip.module.css'

/** Text shown beside the control of a TooltipTrigger while it is hovered or focused. */
export const Tooltip = ({ children }: { children: ReactNode }) => (
  <AriaTooltip className={styles.tooltip} offset={6}>
    {children}
  </AriaTooltip>
)
