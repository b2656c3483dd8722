import { Search, X } from 'lucide-react'
import { type KeyboardEvent, type Ref, useRef } from 'react'
import styles from './Field.module.css'

interface SearchFieldProps {
  label: string
  clearLabel: string
  placeholder?: string
  value: string
  onChange(value: string): void
  autoFocus?: boolean
  inputRef?: Ref<HTMLInputElement>
}

/** A search input that its button and Escape clear. */
export const SearchField = ({
  label,
  clearLabel,
  placeholder = label,
  value,
  onChange,
  ...props
}: SearchFieldProps) => {
  const box = useRef<HTMLDivElement>(null)
  const clear = (): void => {
    onChange('')
    box.current?.querySelector('input')?.focus()
  }
  const clearByEscape = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || value === '') return
    // A dialog around it stays open.
    event.stopPropagation()
    clear()
  }
  return (
    <div ref={box} className={styles.search} data-empty={value === '' || undefined}>
      <Search className={styles.searchIcon} aria-hidden />
      <input
        ref={props.inputRef}
        className={styles.input}
        type="search"
        aria-label={label}
        placeholder={placeholder}
        // biome-ignore lint/a11y/noAutofocus: dialogs that are searches begin in their field.
        autoFocus={props.autoFocus}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        onKeyDown={clearByEscape}
      />
      <button type="button" className={styles.clear} aria-label={clearLabel} onClick={clear}>
        <X size={16} aria-hidden />
      </button>
    </div>
  )
}
