import { ChevronDown } from 'lucide-react'
import { type KeyboardEvent, useState } from 'react'
import { Button as AriaButton } from 'react-aria-components/Button'
import { ComboBox } from 'react-aria-components/ComboBox'
import { Input } from 'react-aria-components/Input'
import { Label } from 'react-aria-components/Label'
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox'
import { Popover } from 'react-aria-components/Popover'
import { useTranslations } from 'use-intl'
import { useTagSuggestions } from '../../data/tags.ts'
import { useFormat } from '../format.ts'
import { Chip } from '../ui/Chip.tsx'
import field from '../ui/Field.module.css'
import menu from '../ui/Menu.module.css'
import styles from './TagField.module.css'

interface TagFieldProps {
  label: string
  tags: readonly string[]
  onChange(tags: readonly string[]): void
  /** Whether tags that no media carries yet may be entered. */
  canCreate?: boolean
}

/** Most tags that one media carries, and that one change adds or removes. */
const maxTags = 50

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

/** Chosen tags, and an input that suggests the tags in use. Enter or a comma adds what was typed. */
export const TagField = ({ label, tags, onChange, canCreate = true }: TagFieldProps) => {
  const t = useTranslations('bulk')
  const format = useFormat()
  const [text, setText] = useState('')
  const [addedCount, setAddedCount] = useState(0)
  const { data: suggestions = [] } = useTagSuggestions(text.trim())
  const offered = suggestions.filter(({ name }) => !tags.some((tag) => isSame(tag, name)))
  const isFull = tags.length >= maxTags

  const add = (tag: string): void => {
    const name = tag.trim()
    setText('')
    setAddedCount((count) => count + 1)
    if (name !== '' && !tags.some((one) => isSame(one, name))) onChange([...tags, name])
  }

  const commit = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key === 'Backspace' && text === '') onChange(tags.slice(0, -1))
    const hasActiveOption = event.currentTarget.getAttribute('aria-activedescendant') !== null
    if (!['Enter', ','].includes(event.key) || text.trim() === '' || (event.key === 'Enter' && hasActiveOption)) return
    const known = suggestions.find(({ name }) => isSame(name, text.trim()))
    if (known === undefined && !canCreate) return
    event.preventDefault()
    add(known?.name ?? text)
  }

  return (
    <div className={styles.field}>
      <ComboBox
        // A new input for the next tag: the old one would open its list, since its text has changed.
        key={addedCount}
        autoFocus={addedCount > 0}
        className={field.field}
        items={offered.map(({ name, count }) => ({ id: name, count }))}
        inputValue={text}
        onInputChange={setText}
        value={null}
        onChange={(key) => {
          if (key !== null) add(String(key))
        }}
        defaultFilter={() => true}
        allowsCustomValue
        isDisabled={isFull}
      >
        <Label className={field.label}>{label}</Label>
        <div className={styles.control}>
          <Input className={field.input} placeholder={t('tagPlaceholder')} onKeyDown={commit} maxLength={64} />
          <AriaButton className={styles.open}>
            <ChevronDown size={16} aria-hidden />
          </AriaButton>
        </div>
        <Popover className={menu.popover} offset={4}>
          <ListBox className={menu.list}>
            {({ id, count }: { id: string; count: number }) => (
              <ListBoxItem id={id} className={menu.item} textValue={id}>
                <span className={menu.text}>{id}</span>
                <span className={menu.shortcut}>{format.number(count)}</span>
              </ListBoxItem>
            )}
          </ListBox>
        </Popover>
      </ComboBox>
      {isFull && <p className={field.description}>{t('tagLimit', { max: maxTags })}</p>}
      {tags.length > 0 && (
        <ul className={styles.tags} aria-label={label}>
          {tags.map((tag) => (
            <li key={tag}>
              <Chip removeLabel={t('removeTag', { tag })} onRemove={() => onChange(tags.filter((one) => one !== tag))}>
                {tag}
              </Chip>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
