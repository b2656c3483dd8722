import { X } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { useSession } from '../../data/session.ts'
import { hasDraftFields, type UploadItem } from '../../state/uploadItem.ts'
import { useUploads } from '../../state/uploads.ts'
import { useFormat } from '../format.ts'
import { IconButton } from '../ui/IconButton.tsx'
import { Notice } from '../ui/Notice.tsx'
import { TextField } from '../ui/TextField.tsx'
import { DuplicateChoice, UsedMedia } from './DuplicateChoice.tsx'
import { FileIcon } from './FileIcon.tsx'
import { FolderField } from './FolderField.tsx'
import styles from './UploadDialog.module.css'
import { UploadTags } from './UploadTags.tsx'

const DraftFields = ({ item: { id, title, tags, folderId } }: { item: UploadItem }) => {
  const t = useTranslations('upload')
  const dispatch = useUploads((state) => state.dispatch)
  const edit = (change: Partial<Pick<UploadItem, 'title' | 'tags' | 'folderId'>>): void =>
    dispatch({ type: 'edited', id, change })
  return (
    <div className={styles.fields}>
      <TextField label={t('mediaTitle')} value={title} onChange={(text) => edit({ title: text })} />
      <UploadTags label={t('tags')} tags={tags} onChange={(names) => edit({ tags: names })} />
      <FolderField label={t('folder')} folderId={folderId} onChange={(chosen) => edit({ folderId: chosen })} />
    </div>
  )
}

const DraftNote = ({ item }: { item: UploadItem }) => {
  const t = useTranslations('upload')
  const { maxUploadBytes } = useSession().settings
  const format = useFormat()
  const { stage, problem, file, uploadId, sentBytes, replaces, allowsDuplicate } = item
  const max = format.bytes(maxUploadBytes)
  const rounded = format.bytes(file.size)
  // Sizes that look equal are written in full.
  const size = problem === 'tooLarge' && rounded === max ? `${format.number(file.size)} B` : rounded
  if (problem !== null) return <Notice tone="danger">{t(problem, { size, max })}</Notice>
  if (stage === 'duplicate') return <DuplicateChoice item={item} />
  if (stage === 'used') return <UsedMedia item={item} />
  if (replaces?.looksWrong) return <Notice tone="warning">{t('looksWrong', { title: replaces.title })}</Notice>
  if (uploadId !== null) return <Notice>{t('continuesAt', { sent: format.bytes(sentBytes), size })}</Notice>
  if (stage === 'checking') return <p className={styles.note}>{t('checking')}</p>
  return allowsDuplicate ? <p className={styles.note}>{t('willDuplicate')}</p> : null
}

/** One chosen file in the dialog: its fields, and what speaks against its upload. */
export const UploadDraft = ({ item }: { item: UploadItem }) => {
  const t = useTranslations('upload')
  const format = useFormat()
  const dispatch = useUploads((state) => state.dispatch)
  const { id, file, replaces } = item
  return (
    <li className={styles.file}>
      <div className={styles.head}>
        <span className={styles.icon}>
          <FileIcon type={file.type} />
        </span>
        <div className={styles.names}>
          <p className={styles.name} title={file.name}>
            {file.name}
          </p>
          <p className={styles.size}>
            {format.bytes(file.size)}
            {replaces !== null && ` · ${t('replacement', { title: replaces.title })}`}
          </p>
        </div>
        <IconButton
          label={t('remove', { name: file.name })}
          icon={<X aria-hidden />}
          onPress={() => dispatch({ type: 'removed', id })}
        />
      </div>
      {hasDraftFields(item) && <DraftFields item={item} />}
      <DraftNote item={item} />
    </li>
  )
}
