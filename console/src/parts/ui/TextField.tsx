import type { Ref } from 'react'
import { FieldError } from 'react-aria-components/FieldError'
import { Input } from 'react-aria-components/Input'
import { Label } from 'react-aria-components/Label'
import { Text } from 'react-aria-components/Text'
import { TextArea } from 'react-aria-components/TextArea'
import { TextField as AriaTextField, type TextFieldProps as AriaTextFieldProps } from 'react-aria-components/TextField'
import styles from './Field.module.css'

interface TextFieldProps extends Omit<AriaTextFieldProps, 'className' | 'style' | 'children'> {
  label: string
  description?: string
  placeholder?: string
  isMultiline?: boolean
  inputRef?: Ref<HTMLInputElement & HTMLTextAreaElement>
}

/** A labelled input. Issues that a surrounding `Form` has for its `name` are shown below it. */
export const TextField = ({ label, description, placeholder, isMultiline, inputRef, ...props }: TextFieldProps) => {
  const Control = isMultiline ? TextArea : Input
  return (
    <AriaTextField {...props} className={styles.field}>
      <Label className={styles.label}>{label}</Label>
      <Control ref={inputRef} className={styles.input} placeholder={placeholder} />
      {description !== undefined && (
        <Text slot="description" className={styles.description}>
          {description}
        </Text>
      )}
      <FieldError className={styles.error} />
    </AriaTextField>
  )
}
