import type { ReactNode } from 'react'
import { Form } from 'react-aria-components/Form'
import { useTranslations } from 'use-intl'
import { RefusalError } from '../../api/errors.ts'
import type { BulkAction, BulkMediaInput } from '../../api/generated/documents.ts'
import { useToasts } from '../../state/toasts.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { Notice } from '../ui/Notice.tsx'
import styles from './BulkDialog.module.css'
import { BulkPreviewView } from './BulkPreviewView.tsx'
import { type ToRequest, useBulkDialog } from './useBulkDialog.ts'

export interface BulkDialogProps {
  input: BulkMediaInput
  onClose(): void
  /** Called when the server has accepted the change. */
  onStarted(): void
}

interface FrameProps extends BulkDialogProps {
  action: BulkAction
  title: string
  confirmLabel: string
  isDangerous?: boolean
  toRequest: ToRequest
  /** Fields of the dialog. */
  children?: ReactNode
}

/** Frame of the dialogs for bulk changes: what would happen, fields, and the button that starts it. */
export const BulkDialog = ({ action, title, confirmLabel, isDangerous, toRequest, children, ...props }: FrameProps) => {
  const { input, onClose, onStarted } = props
  const t = useTranslations('bulk')
  const tCommon = useTranslations('common')
  const show = useToasts((state) => state.show)
  const dialog = useBulkDialog(action, input)
  const { start, target, change, canStart } = dialog
  const request = toRequest(target)
  const issues = start.error instanceof RefusalError ? start.error.fields : []

  const confirm = async (): Promise<void> => {
    if (request === null || !canStart) return
    try {
      const { summary } = await start.mutateAsync(request)
      show({ tone: 'neutral', message: t('started', { summary }) })
    } catch {
      return // The dialog shows the error.
    }
    onStarted()
    onClose()
  }

  return (
    <Dialog
      title={title}
      isOpen
      isAlert={isDangerous}
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{tCommon('cancel')}</Button>
          <Button
            variant={isDangerous ? 'danger' : 'primary'}
            isDisabled={request === null || !canStart}
            isPending={start.isPending}
            onPress={() => void confirm()}
          >
            {confirmLabel}
          </Button>
        </>
      }
    >
      <Form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          void confirm()
        }}
      >
        {children}
      </Form>
      <BulkPreviewView dialog={dialog} isLinked={action !== 'RESTORE' && action !== 'PURGE'} />
      {start.error !== null && change === null && (
        <Notice tone="danger" isAlert>
          <p>{start.error.message}</p>
          {issues.map(({ path, message }) => (
            <p key={path}>{message}</p>
          ))}
        </Notice>
      )}
    </Dialog>
  )
}
