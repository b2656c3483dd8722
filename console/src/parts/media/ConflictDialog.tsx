import { useState } from 'react'
import { Label } from 'react-aria-components/Label'
import { Radio, RadioGroup } from 'react-aria-components/RadioGroup'
import { useTranslations } from 'use-intl'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import styles from './ConflictDialog.module.css'
import { conflictingFields, type Draft, type DraftField, differingFields, mergeDrafts } from './draft.ts'

interface ConflictDialogProps {
  title: string
  drafts: { base: Draft; mine: Draft; theirs: Draft }
  onClose(): void
  onResolve(choice: Draft): void
}

type Side = 'mine' | 'theirs'

const writeField = (draft: Draft, field: DraftField): string => {
  if (field === 'tags') return draft.tags.join(', ')
  return field === 'folder' ? (draft.folder?.path ?? '') : draft[field]
}

/** Shows what two people wrote at the same time, side by side, and lets one choose for each field. */
export const ConflictDialog = ({ title, drafts, onClose, onResolve }: ConflictDialogProps) => {
  const t = useTranslations('media')
  const fields = conflictingFields(drafts.base, drafts.mine, drafts.theirs)
  const changedByMe = differingFields(drafts.base, drafts.mine)
  const [choices, setChoices] = useState<Partial<Record<DraftField, Side>>>({})
  const choiceOf = (field: DraftField): Side => choices[field] ?? (changedByMe.includes(field) ? 'mine' : 'theirs')
  const option = (field: DraftField, side: Side) => (
    <Radio value={side} className={styles.option}>
      <span className={styles.side}>{t(`conflict.${side}`)}</span>
      <span className={styles.value}>{writeField(drafts[side], field) || t('conflict.empty')}</span>
    </Radio>
  )
  return (
    <Dialog
      title={t('conflict.title')}
      size="large"
      isOpen
      isAlert
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{t('conflict.back')}</Button>
          <Button
            variant="primary"
            onPress={() => onResolve(mergeDrafts(drafts, (field) => choiceOf(field) === 'mine'))}
          >
            {t('conflict.save')}
          </Button>
        </>
      }
    >
      <p>{t('conflict.text', { title })}</p>
      {fields.map((field) => (
        <RadioGroup
          key={field}
          className={styles.field}
          value={choiceOf(field)}
          onChange={(side) => setChoices((previous) => ({ ...previous, [field]: side as Side }))} // as: the values of its options
        >
          <Label className={styles.label}>{t(`edit.${field}`)}</Label>
          <div className={styles.options}>
            {option(field, 'theirs')}
            {option(field, 'mine')}
          </div>
        </RadioGroup>
      ))}
    </Dialog>
  )
}
