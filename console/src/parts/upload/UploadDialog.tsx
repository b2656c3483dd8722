import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { useTray } from '../../state/tray.ts'
import { hasDraftFields, isDraft, type UploadItem } from '../../state/uploadItem.ts'
import { useUploads } from '../../state/uploads.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import { FolderField } from './FolderField.tsx'
import { useChooseUploads } from './UploadButton.tsx'
import styles from './UploadDialog.module.css'
import { UploadDraft } from './UploadDraft.tsx'
import { UploadTags } from './UploadTags.tsx'

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

/** Folder and tags that are set for all files at once. */
const FieldsOfAll = ({ drafts }: { drafts: readonly UploadItem[] }) => {
  const t = useTranslations('upload')
  const dispatch = useUploads((state) => state.dispatch)
  const [tags, setTags] = useState<readonly string[]>([])
  const changeTags = (next: readonly string[]): void => {
    const removed = tags.filter((tag) => !next.includes(tag))
    setTags(next)
    for (const item of drafts) {
      const kept = item.tags.filter((tag) => !removed.includes(tag))
      const added = next.filter((tag) => !kept.some((other) => isSame(tag, other)))
      dispatch({ type: 'edited', id: item.id, change: { tags: [...kept, ...added] } })
    }
  }
  const [first] = drafts
  if (first === undefined || drafts.length < 2) return null
  return (
    <div className={styles.all}>
      <FolderField
        label={t('folderAll')}
        folderId={first.folderId}
        onChange={(folderId) => {
          for (const { id } of drafts) dispatch({ type: 'edited', id, change: { folderId } })
        }}
      />
      <UploadTags label={t('tagsAll')} tags={tags} onChange={changeTags} />
    </div>
  )
}

/** Dialog in which chosen files get their titles, tags and folder before they are sent. Closing it keeps them. */
export const UploadDialog = () => {
  const t = useTranslations('upload')
  const { items, isDialogOpen, dispatch, setDialogOpen } = useUploads()
  const choose = useChooseUploads()
  const drafts = items.filter(isDraft)
  const count = drafts.filter(({ stage }) => stage === 'checking' || stage === 'draft').length
  const openTray = useTray((state) => state.setOpen)
  const close = (): void => setDialogOpen(false)
  /** The tray shows files that wait for their start. */
  const leave = (): void => {
    close()
    openTray(drafts.length > 0)
  }
  const discard = (): void => {
    close()
    dispatch({ type: 'draftsRemoved' })
  }
  const start = (): void => {
    close()
    dispatch({ type: 'started' })
  }
  return (
    <Dialog
      title={t('title')}
      size="large"
      isOpen={isDialogOpen}
      onClose={leave}
      actions={
        <>
          <div className={styles.add}>
            <Button variant="quiet" icon={<Plus aria-hidden />} onPress={() => choose?.()}>
              {t('addFiles')}
            </Button>
          </div>
          <Button onPress={discard}>{t('discard')}</Button>
          <Button variant="primary" isDisabled={count === 0} onPress={start}>
            {t('start', { count })}
          </Button>
        </>
      }
    >
      <FieldsOfAll drafts={drafts.filter(hasDraftFields)} />
      <ul className={styles.files} aria-label={t('files')}>
        {drafts.map((item) => (
          <UploadDraft key={item.id} item={item} />
        ))}
      </ul>
    </Dialog>
  )
}
