import { lazy, useCallback, useState } from 'react'
import { useTranslations } from 'use-intl'
import { messageOf } from '../../api/errors.ts'
import type { MediaKind } from '../../api/generated/documents.ts'
import { type MediaChoice, type SelectedMedia, useReadChoice } from '../../data/selector.ts'
import { createSelection, useSelection } from '../../state/selection.ts'
import { MediaBrowser } from '../library/MediaBrowser.tsx'
import type { LibrarySearch } from '../library/search.ts'
import { AfterFirstContent } from '../shell/AfterFirstContent.tsx'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'
import styles from './SelectorPanel.module.css'

const MediaPreview = lazy(async () => ({ default: (await import('./MediaPreview.tsx')).MediaPreview }))

export interface SelectorPanelProps {
  /** Kinds that may be selected. Absent: all. */
  kinds?: MediaKind[]
  /** Maximum number of media; 1 makes each selection replace the last. */
  max: number
  initialSearch?: LibrarySearch
  /** Media that are selected from the start. */
  initialIds?: readonly string[]
  /** Whether nothing may be selected, too. */
  allowsNothing?: boolean
  onSelect(media: SelectedMedia[]): void
  onCancel(): void
}

/** The library's own browser with a preview, and the buttons that end the selection. Its parent gives it a height. */
export const SelectorPanel = ({
  kinds,
  max,
  initialSearch = {},
  initialIds = [],
  allowsNothing = false,
  onSelect,
  onCancel,
}: SelectorPanelProps) => {
  const [t, tCommon] = [useTranslations('picker'), useTranslations('common')]
  const [search, setSearch] = useState(initialSearch)
  const [selection] = useState(() => {
    const store = createSelection({ max: max === 1 ? 1 : null })
    store.getState().replace(initialIds)
    return store
  })
  const { selection: selected, selectedCount, toBulkInput, change: select } = useSelection(selection)
  const lastId = selected.type === 'ids' ? [...selected.ids].at(-1) : undefined
  const readChoice = useReadChoice(kinds)
  const [isPending, setIsPending] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  const count = selectedCount()

  const finish = async (choice: MediaChoice): Promise<void> => {
    setIsPending(true)
    setFailure(null)
    try {
      onSelect(await readChoice(choice, max))
    } catch (error) {
      setFailure(messageOf(error))
    } finally {
      setIsPending(false)
    }
  }
  const change = useCallback((part: Partial<LibrarySearch>) => setSearch((previous) => ({ ...previous, ...part })), [])
  // Enter and double clicks end the choice of one media; of several, they only add to it.
  const open = (id: string): void => (max === 1 ? void finish({ ids: [id] }) : select([id], true))

  return (
    <div className={styles.panel}>
      <div className={styles.content}>
        <MediaBrowser search={search} onSearch={change} kinds={kinds} selection={selection} onOpen={open} />
        <AfterFirstContent>
          <MediaPreview id={lastId ?? null} />
        </AfterFirstContent>
      </div>
      <footer className={styles.footer}>
        {failure !== null && (
          <Notice tone="danger" title={t('failed')} isAlert>
            <p>{failure}</p>
          </Notice>
        )}
        <p className={styles.count} role="status">
          {count > max ? t('tooMany', { max }) : t('chosen', { count })}
        </p>
        <Button onPress={onCancel}>{tCommon('cancel')}</Button>
        <Button
          variant="primary"
          isPending={isPending}
          isDisabled={count > max || (count === 0 && !allowsNothing)}
          onPress={() => void finish(toBulkInput() as MediaChoice)} // as: the filter is the one of the list
        >
          {t('select', { count: max === 1 ? 0 : count })}
        </Button>
      </footer>
    </div>
  )
}
