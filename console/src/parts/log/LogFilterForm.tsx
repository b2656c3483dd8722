import { type FormEvent, useId } from 'react'
import { Form } from 'react-aria-components/Form'
import { useTranslations } from 'use-intl'
import type { LogFilter } from '../../data/log.ts'
import { Button } from '../ui/Button.tsx'
import field from '../ui/Field.module.css'
import { TextField } from '../ui/TextField.tsx'
import styles from './LogFilterForm.module.css'

interface LogFilterFormProps {
  filter: LogFilter
  onApply(filter: LogFilter): void
}

/** Local time of a moment as a `datetime-local` input writes it; empty without a moment. */
const toLocal = (iso: string | undefined): string => {
  if (iso === undefined) return ''
  const date = new Date(iso)
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

const DateField = ({ name, label, value }: { name: string; label: string; value: string | undefined }) => {
  const id = useId()
  return (
    <div className={field.field}>
      <label className={field.label} htmlFor={id}>
        {label}
      </label>
      <input id={id} className={field.input} type="datetime-local" name={name} defaultValue={toLocal(value)} />
    </div>
  )
}

const readForm = (form: HTMLFormElement): LogFilter => {
  const data = new FormData(form)
  const textOf = (name: string): string | undefined => String(data.get(name) ?? '').trim() || undefined
  const timeOf = (name: string): string | undefined => {
    const text = textOf(name)
    return text === undefined ? undefined : new Date(text).toISOString()
  }
  const actions = textOf('action')?.split(/[\s,]+/)
  return { actions, nodeId: textOf('object'), from: timeOf('from'), to: timeOf('to') }
}

/** Filter of the log: actions, object and time. */
export const LogFilterForm = ({ filter, onApply }: LogFilterFormProps) => {
  const t = useTranslations('log')
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    onApply(readForm(event.currentTarget))
  }
  return (
    <Form className={styles.form} onSubmit={submit}>
      <TextField
        name="action"
        label={t('filterAction')}
        placeholder={t('filterActionHint')}
        defaultValue={filter.actions?.join(', ')}
      />
      <TextField
        name="object"
        label={t('filterObject')}
        placeholder={t('filterObjectHint')}
        defaultValue={filter.nodeId}
      />
      <DateField name="from" label={t('filterFrom')} value={filter.from} />
      <DateField name="to" label={t('filterTo')} value={filter.to} />
      <Button type="submit">{t('apply')}</Button>
      <Button variant="quiet" onPress={() => onApply({})}>
        {t('reset')}
      </Button>
    </Form>
  )
}
