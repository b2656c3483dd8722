import { type RefObject, useLayoutEffect, useRef, useState } from 'react'
import type { MediaOrder } from '../../api/generated/documents.ts'
import type { MediaList } from '../../data/mediaList.ts'
import type { ListedBy, MediaCard } from '../../data/mediaPages.ts'
import type { Window } from '../../data/mediaWindow.ts'
import type { SelectionStore } from '../../state/selection.ts'
import { GridBody } from './GridBody.tsx'
import styles from './MediaGrid.module.css'

export interface MediaGridProps {
  list: MediaList
  window: Window<MediaCard>
  listedBy: ListedBy
  /** Number of media that match; null while it is not known. */
  total: number | null
  view: 'grid' | 'table'
  selection: SelectionStore
  /** Media whose details are shown beside the list. */
  openId?: string
  onOpen(id: string): void
  /** Shows the details of a media, or none. Absent: a click selects. */
  onPreview?(id: string | undefined): void
  onOrder?(order: MediaOrder): void
  /** Announces to screen readers what cannot be seen from the focus. */
  onAnnounce(message: string): void
}

/** Size of the box of a grid in pixels, and of the unit `rem`. */
export interface GridSize {
  width: number
  rem: number
}

const useSize = (box: RefObject<HTMLElement | null>): GridSize | null => {
  const [size, setSize] = useState<GridSize | null>(null)
  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return
    const measure = (): void => {
      const next = {
        width: element.clientWidth,
        rem: Number.parseFloat(getComputedStyle(document.documentElement).fontSize),
      }
      setSize((last) => (last?.width === next.width && last.rem === next.rem ? last : next))
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [box])
  return size
}

/** List of media as a grid of cards or as a table, of which only the visible rows are rendered. */
export const MediaGrid = (props: MediaGridProps) => {
  const box = useRef<HTMLDivElement>(null)
  const size = useSize(box)
  return (
    <div ref={box} className={styles.box}>
      {size !== null && <GridBody key={`${props.list.key} ${props.view}`} {...props} size={size} />}
    </div>
  )
}
