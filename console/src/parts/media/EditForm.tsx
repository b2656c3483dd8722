import { Form } from 'react-aria-components/Form'
import { useTranslations } from 'use-intl'
import { RefusalError, RequestError } from '../../api/errors.ts'
import type { MediaDetail } from '../../data/media.ts'
import { useToasts } from '../../state/toasts.ts'
import { TagField } from '../bulk/TagField.tsx'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'
import { Problem } from '../ui/Problem.tsx'
import { TextField } from '../ui/TextField.tsx'
import { ConflictDialog } from './ConflictDialog.tsx'
import styles from './EditForm.module.css'
import { FolderField } from './FolderField.tsx'
import type { DraftState } from './useDraft.ts'

interface EditFormProps {
  media: MediaDetail
  state: DraftState
}

/** Issues of the server by field: those of an item of a list belong to the list. */
const toFieldIssues = (error: Error | null): Record<string, string[]> => {
  const issues: Record<string, string[]> = {}
  if (!(error instanceof RefusalError || error instanceof RequestError)) return issues
  for (const { path, message } of error.fields) {
    const field = path.split('.')[0] ?? ''
    issues[field] = [...(issues[field] ?? []), message]
  }
  return issues
}

/** Edits the texts of a media. Issues that the server finds are shown at their fields. */
export const EditForm = ({ media, state }: EditFormProps) => {
  const t = useTranslations('media.edit')
  const show = useToasts((toasts) => toasts.show)
  const { draft, isDirty, isSaving, error, change } = state
  const issues = toFieldIssues(error)
  const showResult = (isSaved: boolean): void => {
    if (isSaved) show({ tone: 'success', message: t('saved') })
  }
  return (
    <>
      <Form
        className={styles.form}
        validationErrors={issues}
        aria-label={t('save')}
        onSubmit={(event) => {
          event.preventDefault()
          void state.save().then(showResult)
        }}
      >
        <TextField label={t('title')} name="title" value={draft.title} onChange={(title) => change({ title })} />
        <TextField
          label={t('description')}
          name="description"
          isMultiline
          value={draft.description}
          onChange={(description) => change({ description })}
        />
        <TextField
          label={t('altText')}
          name="altText"
          description={t('altTextHint')}
          value={draft.altText}
          onChange={(altText) => change({ altText })}
        />
        <TagField label={t('tags')} tags={draft.tags} onChange={(tags) => change({ tags })} />
        {issues['tags']?.map((issue) => (
          <Notice key={issue} tone="danger" isAlert>
            {issue}
          </Notice>
        ))}
        <FolderField folder={draft.folder} onChange={(folder) => change({ folder })} />
        <TextField
          label={t('fileName')}
          name="fileName"
          value={draft.fileName}
          onChange={(fileName) => change({ fileName })}
        />
        <TextField
          label={t('externalId')}
          name="externalId"
          description={t('externalIdHint')}
          value={draft.externalId}
          onChange={(externalId) => change({ externalId })}
        />
        {error !== null && Object.keys(issues).length === 0 && <Problem error={error} />}
        <div className={styles.actions}>
          <Button type="submit" variant="primary" isDisabled={!isDirty} isPending={isSaving}>
            {t('save')}
          </Button>
          {isDirty && (
            <Button variant="quiet" isDisabled={isSaving} onPress={state.discard}>
              {t('discard')}
            </Button>
          )}
          <span className={styles.unsaved} role="status">
            {isDirty && t('unsaved')}
          </span>
        </div>
      </Form>
      {state.conflict !== null && (
        <ConflictDialog
          drafts={{ base: state.base, mine: draft, theirs: state.conflict }}
          title={media.title}
          onClose={state.closeConflict}
          onResolve={(choice) => void state.resolve(choice).then(showResult)}
        />
      )}
    </>
  )
}
