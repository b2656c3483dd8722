import { useTranslations } from 'use-intl'
import type { Restoration } from '../../data/trash.ts'
import { ResourcePath } from '../../parts/delete/ResourcePath.tsx'
import { Button } from '../../parts/ui/Button.tsx'
import { Dialog } from '../../parts/ui/Dialog.tsx'
import styles from './TrashScreen.module.css'

interface LostDialogProps {
  restoration: Restoration
  onClose(): void
}

/** Lists the links and assignments that did not return with a restored media, each with the server's reason. */
export const LostDialog = ({ restoration: { media, lost }, onClose }: LostDialogProps) => {
  const t = useTranslations('trash')
  const tCommon = useTranslations('common')
  return (
    <Dialog
      title={t('lost')}
      isOpen
      onClose={onClose}
      actions={
        <Button variant="primary" onPress={onClose}>
          {tCommon('close')}
        </Button>
      }
    >
      <p>{t('restoredInPart', { title: media.title })}:</p>
      <ul className={styles.lost}>
        {lost.map(({ resource, user, reason }) => (
          <li key={`${resource?.id} ${user?.id}`}>
            {resource === null ? <span>{user?.name}</span> : <ResourcePath resource={resource} />}
            <span className={styles.reason}>{reason}</span>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
