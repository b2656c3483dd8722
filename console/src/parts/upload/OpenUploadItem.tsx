import { FolderOpen, X } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { useCancelOpenUpload } from '../../data/upload/cancel.ts'
import { hashFile } from '../../data/upload/hash.ts'
import { type Match, matchFile } from '../../data/upload/match.ts'
import type { OpenUpload } from '../../data/upload/openUploads.ts'
import { useToasts } from '../../state/toasts.ts'
import { useUploadMarks } from '../../state/uploadMarks.ts'
import { useUploads } from '../../state/uploads.ts'
import { useFormat } from '../format.ts'
import { Button } from '../ui/Button.tsx'
import { IconButton } from '../ui/IconButton.tsx'
import { Progress } from '../ui/Progress.tsx'
import { chooseFiles } from './chooseFiles.ts'
import styles from './UploadList.module.css'

const compare = async (file: File, upload: OpenUpload): Promise<Match> => {
  const lastModified = useUploadMarks.getState().lastModified[upload.id] ?? null
  const match = matchFile(file, upload, { lastModified, sha256: null })
  if (match !== 'undecided') return match
  const sha256 = await hashFile(file, new AbortController().signal)
  return matchFile(file, upload, { lastModified, sha256 })
}

/** An upload from before a reload, whose file has to be chosen again. */
export const OpenUploadItem = ({ upload }: { upload: OpenUpload }) => {
  const t = useTranslations('upload')
  const format = useFormat()
  const dispatch = useUploads((state) => state.dispatch)
  const show = useToasts((state) => state.show)
  const cancel = useCancelOpenUpload()
  const [result, setResult] = useState<Match | null>(null)
  const { id, fileName: name, sizeBytes, receivedBytes, mediaId, sha256, expiresAt } = upload
  const choose = async (): Promise<void> => {
    const [file] = await chooseFiles({ isMultiple: false })
    if (file === undefined) return
    setResult('undecided')
    const match = await compare(file, upload).catch((): Match => 'changed')
    setResult(match)
    if (match !== 'same' && match !== 'probable') return
    const known = {
      uploadId: id,
      mediaId,
      sha256,
      sentBytes: receivedBytes,
      isStarted: true,
      stage: 'waiting',
    } as const
    dispatch({ type: 'added', items: [{ id: crypto.randomUUID(), file, ...known }] })
  }
  const stop = (): void => cancel.mutate(id, { onError: ({ message }) => show({ tone: 'danger', message }) })
  return (
    <li className={styles.item}>
      <div className={styles.head}>
        <p className={styles.name} title={name}>
          {name}
        </p>
        <IconButton
          label={t('cancel', { name })}
          icon={<X aria-hidden />}
          isDisabled={cancel.isPending}
          onPress={stop}
        />
      </div>
      <Progress label={t('progressOf', { name })} percent={Math.floor((receivedBytes / sizeBytes) * 100)} />
      <p className={styles.facts}>
        <span>{t('earlierSent', { sent: format.bytes(receivedBytes), size: format.bytes(sizeBytes) })}</span>
        <span>{t('expires', { time: format.relative(expiresAt) })}</span>
      </p>
      <div className={styles.actions}>
        <Button
          size="small"
          icon={<FolderOpen aria-hidden />}
          aria-label={t('chooseAgainFor', { name })}
          isPending={result === 'undecided'}
          onPress={() => void choose()}
        >
          {result === 'undecided' ? t('comparing') : t('chooseAgain')}
        </Button>
      </div>
      {(result === 'other' || result === 'changed') && (
        <p className={styles.failure} role="alert">
          {result === 'other' ? t('isOther', { name }) : t('hasChanged')}
        </p>
      )}
    </li>
  )
}
