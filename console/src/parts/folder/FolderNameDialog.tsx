import { type FormEvent, useId, useState } from 'react'
import { Form } from 'react-aria-components/Form'
import { useTranslations } from 'use-intl'
import { RefusalError } from '../../api/errors.ts'
import { type FolderRow, useFolderCreate, useFolderUpdate } from '../../data/folders.ts'
import { usePanels } from '../../state/panels.ts'
import { useToasts } from '../../state/toasts.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Notice } from '../ui/Notice.tsx'
import { TextField } from '../ui/TextField.tsx'

/** The name is for a new folder, or the new name of one. */
type FolderNamePurpose =
  | { type: 'create'; parent: Pick<FolderRow, 'id' | 'name'> | null }
  | { type: 'rename'; folder: FolderRow }

interface FolderNameDialogProps {
  purpose: FolderNamePurpose
  onClose(): void
  onDone?(folder: FolderRow): void
}

/** Asks for the name of a folder, then creates or renames it. */
export const FolderNameDialog = ({ purpose, onClose, onDone }: FolderNameDialogProps) => {
  const t = useTranslations('filters')
  const common = useTranslations('common')
  const formId = useId()
  const create = useFolderCreate()
  const update = useFolderUpdate()
  const setFoldersOpen = usePanels((state) => state.setFoldersOpen)
  const show = useToasts((state) => state.show)
  const isCreate = purpose.type === 'create'
  const { error, isPending } = isCreate ? create : update
  const issues = error instanceof RefusalError ? error.fields : []
  const [name, setName] = useState(isCreate ? '' : purpose.folder.name)

  const save = async (): Promise<void> => {
    const folder =
      purpose.type === 'create'
        ? await create.run({ name, parentId: purpose.parent?.id })
        : await update.run({ id: purpose.folder.id, name })
    if (purpose.type === 'create' && purpose.parent !== null) setFoldersOpen([purpose.parent.id], true)
    show({ tone: 'success', message: t(isCreate ? 'created' : 'renamed', { name: folder.name }) })
    onClose()
    onDone?.(folder)
  }
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    // The dialog shows the error.
    if (!isPending) void save().catch(() => undefined)
  }
  const title =
    purpose.type === 'rename'
      ? t('folderRenameTitle', { name: purpose.folder.name })
      : purpose.parent === null
        ? t('folderNew')
        : t('folderNewIn', { name: purpose.parent.name })
  return (
    <Dialog
      title={title}
      size="small"
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{common('cancel')}</Button>
          <Button variant="primary" type="submit" form={formId} isPending={isPending}>
            {isCreate ? t('create') : common('save')}
          </Button>
        </>
      }
    >
      <Form
        id={formId}
        onSubmit={submit}
        validationErrors={Object.fromEntries(issues.map(({ path, message }) => [path, message]))}
      >
        <TextField label={t('folderName')} name="name" value={name} onChange={setName} autoFocus isRequired />
      </Form>
      {error !== null && !issues.some(({ path }) => path === 'name') && (
        <Notice tone="danger" isAlert>
          {error.message}
        </Notice>
      )}
    </Dialog>
  )
}
