import { Search, X } from 'lucide-react'
import type { Ref } from 'react'
import { Button as AriaButton } from 'react-aria-components/Button'
import { Input } from 'react-aria-components/Input'
import {
  SearchField as AriaSearchField,
  type SearchFieldProps as AriaSearchFieldProps,
} from 'react-aria-components/SearchField'
import styles from './Field.module.css'

interface SearchFieldProps extends Omit<AriaSearchFieldProps, 'className' | 'style' | 'children' | 'aria-label'> {
  label: string
  clearLabel: string
  placeholder?: string
  inputRef?: Ref<HTMLInputElement>
}

/** A search input with a button that clears it. */
export const SearchField = ({ label, clearLabel, placeholder, inputRef, ...props }: SearchFieldProps) => (
  <AriaSearchField {...props} aria-label={label} className={styles.search}>
    <Search className={styles.searchIcon} aria-hidden />
    <Input ref={inputRef} className={styles.input} placeholder={placeholder ?? label} />
    <AriaButton className={styles.clear} aria-label={clearLabel}>
      <X size={16} aria-hidden />
    </AriaButton>
  </AriaSearchField>
)
