import { Check, ChevronDown } from 'lucide-react'
import { Button as AriaButton } from 'react-aria-components/Button'
import { Label } from 'react-aria-components/Label'
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox'
import { Popover } from 'react-aria-components/Popover'
import { Select as AriaSelect, SelectValue } from 'react-aria-components/Select'
import field from './Field.module.css'
import styles from './Menu.module.css'

interface SelectProps<Value extends string> {
  label: string
  /** Whether only screen readers read the label. */
  isLabelHidden?: boolean
  options: readonly { value: Value; label: string }[]
  value: Value
  onChange(value: Value): void
  isDisabled?: boolean
}

/** A button that opens a list of which one value is chosen. */
export const Select = <Value extends string>({
  label,
  isLabelHidden,
  options,
  value,
  onChange,
  isDisabled,
}: SelectProps<Value>) => (
  <AriaSelect
    className={field.field}
    aria-label={isLabelHidden ? label : undefined}
    value={value}
    isDisabled={isDisabled}
    onChange={(key) => onChange(key as Value)} // as: the keys are the values of the options
  >
    {!isLabelHidden && <Label className={field.label}>{label}</Label>}
    <AriaButton className={styles.select}>
      <SelectValue />
      <ChevronDown size={16} aria-hidden />
    </AriaButton>
    <Popover className={styles.popover} offset={4}>
      <ListBox className={styles.list} items={options}>
        {(option) => (
          <ListBoxItem id={option.value} className={styles.item} textValue={option.label}>
            {({ isSelected }) => (
              <>
                <span className={styles.text}>{option.label}</span>
                {isSelected && <Check size={16} aria-hidden />}
              </>
            )}
          </ListBoxItem>
        )}
      </ListBox>
    </Popover>
  </AriaSelect>
)
