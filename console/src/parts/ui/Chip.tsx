import { X } from 'lucide-react'
import { Button as AriaButton } from 'react-aria-components/Button'
import styles from './Chip.module.css'

interface ChipProps {
  children: string
  /** Name of the button that removes it; without it, the chip cannot be removed. */
  removeLabel?: string
  onRemove?(): void
}

/** A value in a list of values, such as a tag or an active filter. */
export const Chip = ({ children, removeLabel, onRemove }: ChipProps) => (
  <span className={styles.chip}>
    <span className={styles.text}>{children}</span>
    {onRemove !== undefined && (
      <AriaButton className={styles.remove} aria-label={removeLabel} onPress={onRemove}>
        <X size={12} aria-hidden />
      </AriaButton>
    )}
  </span>
)
