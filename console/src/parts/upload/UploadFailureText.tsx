import { useTranslations } from 'use-intl'
import type { UploadFailure } from '../../state/uploadItem.ts'
import styles from './UploadList.module.css'

/** Why a file failed and what to do, in the words of the server if it has any. */
export const UploadFailureText = ({ failure: { code, message, remedy, requestId } }: { failure: UploadFailure }) => {
  const t = useTranslations('upload')
  const tCommon = useTranslations('common')
  return (
    <div className={styles.failure}>
      <p>
        {message ?? t('failure', { code })} {remedy}
      </p>
      {requestId !== null && <code>{tCommon('requestId', { id: requestId })}</code>}
    </div>
  )
}
