import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useTranslations } from 'use-intl'
import type { MediaFilter } from '../../api/generated/documents.ts'
import type { Restoration, TrashedMedia } from '../../data/trash.ts'
import { BulkBar } from '../../parts/bulk/BulkBar.tsx'
import { useRestore } from '../../parts/delete/useRestore.ts'
import { Checkbox } from '../../parts/ui/Checkbox.tsx'
import { createSelection, useSelection } from '../../state/selection.ts'
import { LostDialog } from './LostDialog.tsx'
import { PurgeDialog } from './PurgeDialog.tsx'
import { TrashRow } from './TrashRow.tsx'
import styles from './TrashScreen.module.css'

interface TrashListProps {
  media: readonly TrashedMedia[]
  filter: MediaFilter
  /** Number of media that match the filter; null until it is counted. */
  count: number | null
  /** Shown instead of an empty list. */
  children: ReactNode
}

/** The media in the trash, with their selection. Its state belongs to one filter. */
export const TrashList = ({ media, filter, count, children }: TrashListProps) => {
  const t = useTranslations('trash')
  const [store] = useState(() => createSelection())
  const { selection, selectedCount, isSelected, toggle, selectAll, clear, forget, toBulkInput } = useSelection(store)
  const { restore } = useRestore()
  const [purged, setPurged] = useState<TrashedMedia | null>(null)
  const [restoration, setRestoration] = useState<Restoration | null>(null)
  const list = useRef<HTMLUListElement>(null)
  const leftIndex = useRef<number | null>(null)

  // The button that was pressed leaves with its row: the focus goes to the row that takes its place.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is about the rows that were drawn.
  useEffect(() => {
    if (leftIndex.current === null || document.activeElement !== document.body) return
    const rows = list.current?.children ?? []
    rows[Math.min(leftIndex.current, rows.length - 1)]?.querySelector('button')?.focus()
    leftIndex.current = null
  }, [media])

  const restoreOne = async (one: TrashedMedia, index: number): Promise<void> => {
    leftIndex.current = index
    const result = await restore(one)
    if (result === null) return
    forget([one.id])
    if (result.lost.length > 0) setRestoration(result)
  }

  const number = selectedCount()
  const areAllSelected = selection.type === 'all' && selection.exceptIds.size === 0
  return (
    <>
      {media.length === 0 ? (
        children
      ) : (
        <>
          <div className={styles.head}>
            <Checkbox
              isSelected={areAllSelected}
              isIndeterminate={!areAllSelected && number > 0}
              isDisabled={count === null}
              onChange={() => (areAllSelected || count === null ? clear() : selectAll(filter, count))}
            >
              {count === null ? t('selectAllShown') : t('selectAll', { count })}
            </Checkbox>
          </div>
          <ul ref={list} className={styles.list} aria-label={t('list')}>
            {media.map((one, index) => (
              <TrashRow
                key={one.id}
                media={one}
                isSelected={isSelected(one.id)}
                onSelect={() => toggle(one.id)}
                onRestore={() => void restoreOne(one, index)}
                onPurge={() => setPurged(one)}
              />
            ))}
          </ul>
        </>
      )}
      {(number > 0 || selection.type === 'all') && (
        <BulkBar input={toBulkInput()} count={number} isTrash onClear={clear} />
      )}
      {purged !== null && <PurgeDialog media={purged} onClose={() => setPurged(null)} />}
      {restoration !== null && <LostDialog restoration={restoration} onClose={() => setRestoration(null)} />}
    </>
  )
}
