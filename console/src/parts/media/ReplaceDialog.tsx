import { FileUp } from 'lucide-react'
import { useState } from 'react'
import { FileTrigger } from 'react-aria-components/FileTrigger'
import { useTranslations } from 'use-intl'
import type { MediaDetail } from '../../data/media.ts'
import { useFormat } from '../format.ts'
import { Button } from '../ui/Button.tsx'
import { Checkbox } from '../ui/Checkbox.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { TextField } from '../ui/TextField.tsx'
import { startReplacement } from '../upload/startReplacement.ts'
import styles from './ReplaceDialog.module.css'

interface ReplaceDialogProps {
  media: MediaDetail
  onClose(): void
}

/** Asks for the file that becomes the next version of a media. The list of uploads shows its progress. */
export const ReplaceDialog = ({ media, onClose }: ReplaceDialogProps) => {
  const t = useTranslations('media.versions')
  const tCommon = useTranslations('common')
  const format = useFormat()
  const [file, setFile] = useState<File | null>(null)
  const [note, setNote] = useState('')
  const [stage, setStage] = useState(false)
  const upload = (): void => {
    if (file === null) return
    startReplacement(media, file, { stage, note })
    onClose()
  }
  return (
    <Dialog
      title={t('replaceTitle')}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{tCommon('cancel')}</Button>
          <Button variant="primary" isDisabled={file === null} onPress={upload}>
            {t('upload')}
          </Button>
        </>
      }
    >
      <p>{t('replaceText')}</p>
      <div className={styles.file}>
        <FileTrigger onSelect={(files) => setFile(files?.[0] ?? null)}>
          <Button icon={<FileUp aria-hidden />}>{t('chooseFile')}</Button>
        </FileTrigger>
        {file !== null && (
          <span className={styles.name} role="status">
            {file.name} · {format.bytes(file.size)}
          </span>
        )}
      </div>
      <TextField label={t('note')} description={t('noteHint')} isMultiline value={note} onChange={setNote} />
      <Checkbox isSelected={stage} onChange={setStage}>
        {t('stage')}
      </Checkbox>
    </Dialog>
  )
}
