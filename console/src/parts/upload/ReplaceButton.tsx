import { FileUp } from 'lucide-react'
import { useId, useState } from 'react'
import { useTranslations } from 'use-intl'
import type { MediaKind } from '../../api/generated/documents.ts'
import { Button } from '../ui/Button.tsx'
import { Checkbox } from '../ui/Checkbox.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { TextField } from '../ui/TextField.tsx'
import { chooseFiles } from './chooseFiles.ts'
import styles from './ReplaceButton.module.css'
import { startReplacement } from './startReplacement.ts'

interface ReplaceButtonProps {
  media: {
    id: string
    title: string
    kind: MediaKind
    viewerCanReplace: { allowed: boolean; reason: string | null }
  }
}

const ReplaceDialog = ({ media, onClose }: ReplaceButtonProps & { onClose(): void }) => {
  const t = useTranslations('media.versions')
  const [note, setNote] = useState('')
  const [stage, setStage] = useState(false)
  const choose = async (): Promise<void> => {
    const [file] = await chooseFiles({ isMultiple: false })
    if (file === undefined) return
    startReplacement(media, file, { stage, note })
    onClose()
  }
  return (
    <Dialog
      title={t('replaceTitle')}
      isOpen
      onClose={onClose}
      actions={
        <Button variant="primary" icon={<FileUp aria-hidden />} onPress={() => void choose()}>
          {t('chooseFile')}
        </Button>
      }
    >
      <p>{t('replaceText')}</p>
      <TextField
        label={t('note')}
        description={t('noteHint')}
        isMultiline
        maxLength={2000}
        value={note}
        onChange={setNote}
      />
      <Checkbox isSelected={stage} onChange={setStage}>
        {t('stage')}
      </Checkbox>
    </Dialog>
  )
}

/** Button that uploads the next version of a media. If the caller may not, it is disabled, and the reason beside it. */
export const ReplaceButton = ({ media }: ReplaceButtonProps) => {
  const t = useTranslations('media.versions')
  const [isOpen, setIsOpen] = useState(false)
  const reasonId = useId()
  const { allowed, reason } = media.viewerCanReplace
  return (
    <div className={styles.row}>
      <Button
        icon={<FileUp aria-hidden />}
        isDisabled={!allowed}
        aria-describedby={reason === null ? undefined : reasonId}
        onPress={() => setIsOpen(true)}
      >
        {t('replace')}
      </Button>
      {reason !== null && (
        <p id={reasonId} className={styles.reason}>
          {reason}
        </p>
      )}
      {isOpen && <ReplaceDialog media={media} onClose={() => setIsOpen(false)} />}
    </div>
  )
}
