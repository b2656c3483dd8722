import { type KeyboardEvent, useId, useRef, useState } from 'react'
import { ComboBox } from 'react-aria-components/ComboBox'
import { Input } from 'react-aria-components/Input'
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox'
import { Popover } from 'react-aria-components/Popover'
import { Chip } from './Chip.tsx'
import field from './Field.module.css'
import menu from './Menu.module.css'
import styles from './TagsField.module.css'

interface TagsFieldProps {
  label: string
  /** Whether only screen readers read the label. */
  isLabelHidden?: boolean
  placeholder?: string
  tags: readonly string[]
  onChange(tags: readonly string[]): void
  /** Tags that match the text, without those that are chosen. */
  suggestions: readonly string[]
  /** Called with the text that is typed, to find suggestions. */
  onSearch(text: string): void
  removeLabel(tag: string): string
}

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

/** Input of tags: suggestions while typing; Enter or a comma adds what is typed, Backspace removes the last one. */
export const TagsField = (props: TagsFieldProps) => {
  const { label, isLabelHidden, placeholder, tags, onChange, suggestions, onSearch, removeLabel } = props
  const [text, setText] = useState('')
  const labelId = useId()
  const input = useRef<HTMLInputElement>(null)
  const type = (next: string): void => {
    setText(next)
    onSearch(next)
  }
  const add = (typed: string): void => {
    const names = typed.split(',').map((name) => name.trim().replace(/\s+/g, ' '))
    const fresh = names.filter(
      (name, index) => name !== '' && names.findIndex((other) => isSame(name, other)) === index,
    )
    const added = fresh.filter((name) => !tags.some((tag) => isSame(tag, name)))
    if (added.length > 0) onChange([...tags, ...added])
    type('')
  }
  const remove = (tag: string): void => {
    onChange(tags.filter((other) => other !== tag))
    input.current?.focus()
  }
  const handleKey = (event: KeyboardEvent<HTMLInputElement>): void => {
    const hasChoice = event.currentTarget.getAttribute('aria-activedescendant') !== null
    if (event.key === 'Backspace' && text === '') onChange(tags.slice(0, -1))
    else if (event.key === ',' || (event.key === 'Enter' && text !== '' && !hasChoice)) {
      event.preventDefault()
      add(text)
    }
  }
  // Without a text, the list would stay open after each tag and cover what is below it.
  const shown = text === '' ? [] : suggestions.filter((name) => !tags.some((tag) => isSame(tag, name)))
  return (
    <div className={field.field}>
      <span id={labelId} className={isLabelHidden ? 'visually-hidden' : field.label}>
        {label}
      </span>
      <div className={styles.box}>
        {tags.length > 0 && (
          <ul className={styles.tags} aria-labelledby={labelId}>
            {tags.map((tag) => (
              <li key={tag}>
                <Chip removeLabel={removeLabel(tag)} onRemove={() => remove(tag)}>
                  {tag}
                </Chip>
              </li>
            ))}
          </ul>
        )}
        <ComboBox
          className={styles.combo}
          aria-labelledby={labelId}
          allowsCustomValue
          allowsEmptyCollection={false}
          menuTrigger="input"
          items={shown.map((name) => ({ id: name }))}
          defaultFilter={() => true}
          inputValue={text}
          onInputChange={type}
          value={null}
          onChange={(key) => {
            if (key !== null) add(String(key))
          }}
        >
          <Input
            ref={input}
            className={styles.input}
            placeholder={tags.length === 0 ? placeholder : undefined}
            onKeyDownCapture={handleKey}
            onBlur={() => add(text)}
          />
          <Popover className={menu.popover} offset={4}>
            <ListBox<{ id: string }> className={menu.list}>
              {({ id }) => (
                <ListBoxItem id={id} className={menu.item} textValue={id}>
                  <span className={menu.text}>{id}</span>
                </ListBoxItem>
              )}
            </ListBox>
          </Popover>
        </ComboBox>
      </div>
    </div>
  )
}
