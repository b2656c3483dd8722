import { useFormatter, useTranslations } from 'use-intl'
import type { MediaEvent } from '../../data/history.ts'
import { useFormat } from '../format.ts'
import {
  dataOf,
  type FieldChange,
  toFieldChanges,
  toSentenceKey,
  toSentenceValues,
  writeFieldValue,
} from './eventText.ts'
import styles from './HistoryEntry.module.css'

/** Names a field in the language of the console. */
const useFieldName = (): ((field: string) => string) => {
  const t = useTranslations('media')
  return (field) => {
    const key = `edit.${field}` as 'edit.title' // as: checked by `has`
    return t.has(key) ? t(key) : field
  }
}

const Change = ({ change: { field, from, to } }: { change: FieldChange }) => {
  const t = useTranslations('media.history')
  const name = useFieldName()
  const [before, after] = [writeFieldValue(from), writeFieldValue(to)]
  const text = (): string => {
    if (field === 'folder') return t('folderChanged')
    if (after === null) return t('removed', { from: before ?? '' })
    return before === null ? t('set', { to: after }) : t('from', { from: before, to: after })
  }
  return (
    <li>
      <strong>{name(field)}</strong> {text()}
    </li>
  )
}

/** Says in a sentence what happened to a media, by whom and when. */
export const HistoryEntry = ({ event }: { event: MediaEvent }) => {
  const t = useTranslations('media')
  const format = useFormat()
  const { list } = useFormatter()
  const fieldName = useFieldName()
  const actor = event.actor?.name ?? t('history.server')
  const changes = toFieldChanges(event)
  const { profile, sizeBytes } = dataOf(event)
  const key = `history.actions.${toSentenceKey(event)}` as 'history.actions.media.updated' // as: checked by `has`
  const values = {
    ...toSentenceValues(event),
    actor,
    fields: list(changes.map(({ field }) => fieldName(field))),
    profile: typeof profile === 'string' ? t('profile', { profile }) : '',
    size: typeof sizeBytes === 'number' ? format.bytes(sizeBytes) : '',
  }
  return (
    <li className={styles.entry}>
      <div className={styles.texts}>
        <p>{t.has(key) ? t(key, values) : t('history.unknown', { actor, action: event.action })}</p>
        {changes.length > 0 && (
          <ul className={styles.changes}>
            {changes.map((change) => (
              <Change key={change.field} change={change} />
            ))}
          </ul>
        )}
      </div>
      <time className={styles.time} dateTime={event.at}>
        {format.dateTime(event.at)}
      </time>
    </li>
  )
}
