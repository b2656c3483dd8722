import { useTranslations } from 'use-intl'
import { Dialog } from '../ui/Dialog.tsx'
import styles from './MediaSelector.module.css'
import { SelectorPanel, type SelectorPanelProps } from './SelectorPanel.tsx'

interface MediaSelectorProps extends SelectorPanelProps {
  /** Title of the dialog. Absent: "Browse from library". */
  title?: string
}

/** A dialog in which media of the library are selected. Render it while it is open. */
export const MediaSelector = ({ title, ...panel }: MediaSelectorProps) => {
  const t = useTranslations('picker')
  return (
    <Dialog title={title ?? t('browse')} size="full" isOpen onClose={panel.onCancel}>
      <div className={styles.fill}>
        <SelectorPanel {...panel} />
      </div>
    </Dialog>
  )
}
