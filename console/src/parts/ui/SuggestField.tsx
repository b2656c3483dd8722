import { Search } from 'lucide-react'
import { useEffect, useState } from 'react'
import { ComboBox } from 'react-aria-components/ComboBox'
import { Input } from 'react-aria-components/Input'
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox'
import { Popover } from 'react-aria-components/Popover'
import field from './Field.module.css'
import menu from './Menu.module.css'
import styles from './SuggestField.module.css'

export interface Suggestion {
  key: string
  label: string
  hint?: string
}

interface SuggestFieldProps {
  label: string
  suggestions: readonly Suggestion[]
  /** Called a short time after the last key with the text to find; null while the field is not used. */
  onSearch(text: string | null): void
  onChoose(key: string): void
  /** Shown if nothing is suggested. */
  emptyText: string
}

const debounceMs = 200

/** A field that finds values by a text. The chosen value goes to its list, and the field is empty again. */
export const SuggestField = ({ label, suggestions, onSearch, onChoose, emptyText }: SuggestFieldProps) => {
  const [text, setText] = useState('')
  const [isUsed, setIsUsed] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => onSearch(isUsed ? text : null), text === '' ? 0 : debounceMs)
    return () => clearTimeout(timer)
  }, [text, isUsed, onSearch])
  return (
    <ComboBox
      className={styles.field}
      aria-label={label}
      items={suggestions.map((suggestion) => ({ ...suggestion, id: suggestion.key }))}
      inputValue={text}
      onInputChange={setText}
      selectedKey={null}
      onSelectionChange={(key) => {
        if (key === null) return
        setText('')
        onChoose(String(key))
      }}
      onFocusChange={setIsUsed}
      defaultFilter={() => true}
      allowsEmptyCollection
    >
      <Search className={styles.icon} aria-hidden />
      <Input className={`${field.input} ${styles.input}`} placeholder={label} />
      <Popover className={menu.popover} offset={4}>
        <ListBox className={menu.list} renderEmptyState={() => <p className={styles.empty}>{emptyText}</p>}>
          {(suggestion: Suggestion) => (
            <ListBoxItem className={menu.item} textValue={suggestion.label}>
              <span className={menu.text}>{suggestion.label}</span>
              {suggestion.hint !== undefined && <span className={styles.hint}>{suggestion.hint}</span>}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  )
}
