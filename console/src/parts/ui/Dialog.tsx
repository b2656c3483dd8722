import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Dialog as AriaDialog } from 'react-aria-components/Dialog'
import { Heading } from 'react-aria-components/Heading'
import { Modal, ModalOverlay } from 'react-aria-components/Modal'
import { useTranslations } from 'use-intl'
import styles from './Dialog.module.css'
import { IconButton } from './IconButton.tsx'

interface DialogProps {
  title: string
  isOpen: boolean
  onClose(): void
  size?: 'small' | 'medium' | 'large' | 'full'
  /** Whether only its buttons close it: for questions that must be answered. */
  isAlert?: boolean
  children: ReactNode
  /** Buttons, the confirming one last. */
  actions?: ReactNode
}

/** A modal dialog. The focus returns to the element that had it; see `useReturnFocus` if that element may be gone. */
export const Dialog = ({
  title,
  isOpen,
  onClose,
  size = 'medium',
  isAlert = false,
  children,
  actions,
}: DialogProps) => {
  const t = useTranslations('common')
  return (
    <ModalOverlay
      className={styles.overlay}
      isOpen={isOpen}
      isDismissable={!isAlert}
      onOpenChange={(isNowOpen) => {
        if (!isNowOpen) onClose()
      }}
    >
      <Modal className={styles.modal} data-size={size}>
        <AriaDialog className={styles.dialog} role={isAlert ? 'alertdialog' : 'dialog'}>
          <header className={styles.header}>
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            <IconButton label={t('close')} icon={<X aria-hidden />} onPress={onClose} />
          </header>
          <div className={styles.body}>{children}</div>
          {actions !== undefined && <footer className={styles.actions}>{actions}</footer>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}
