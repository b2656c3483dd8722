import { Search } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Autocomplete } from 'react-aria-components/Autocomplete'
import { Input } from 'react-aria-components/Input'
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox'
import { SearchField } from 'react-aria-components/SearchField'
import { useTranslations } from 'use-intl'
import field from './Field.module.css'
import menu from './Menu.module.css'
import styles from './SuggestField.module.css'

interface Suggestion {
  key: string
  label: string
  hint?: string
}

interface SuggestFieldProps {
  label: string
  /** Undefined while they are loaded. */
  suggestions: readonly Suggestion[] | undefined
  /** Called a short time after the last key with the text to find; null while there is no text. */
  onSearch(text: string | null): void
  onChoose(key: string): void
  /** Shown if nothing is suggested. */
  emptyText: string
}

const debounceMs = 200
/** More do not fit below the field without a scroll bar of their own, which the keyboard would not reach. */
const maxShown = 8

/**
 * A field that finds values by a text and lists them below it. The chosen value goes to its list, and the field is empty
 * again. The list is part of the page: a popover would hide the rest of it from screen readers while one types.
 */
export const SuggestField = ({ label, suggestions, onSearch, onChoose, emptyText }: SuggestFieldProps) => {
  const t = useTranslations('common')
  const [text, setText] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => onSearch(text === '' ? null : text), text === '' ? 0 : debounceMs)
    return () => clearTimeout(timer)
  }, [text, onSearch])
  return (
    <Autocomplete inputValue={text} onInputChange={setText}>
      <SearchField className={styles.field} aria-label={label}>
        <Search className={styles.icon} aria-hidden />
        <Input className={`${field.input} ${styles.input}`} placeholder={label} />
      </SearchField>
      {text !== '' && (
        <ListBox
          className={styles.list}
          aria-label={label}
          items={(suggestions ?? []).slice(0, maxShown).map((suggestion) => ({ ...suggestion, id: suggestion.key }))}
          renderEmptyState={() => (
            <p className={styles.empty}>{suggestions === undefined ? t('loading') : emptyText}</p>
          )}
          onAction={(key) => {
            setText('')
            onChoose(String(key))
          }}
        >
          {({ label: name, hint }) => (
            <ListBoxItem className={menu.item} textValue={name}>
              <span className={menu.text}>{name}</span>
              {hint !== undefined && <span className={styles.hint}>{hint}</span>}
            </ListBoxItem>
          )}
        </ListBox>
      )}
    </Autocomplete>
  )
}
