import { ArrowUp } from 'lucide-react'
import { type MouseEvent, useEffect, useEffectEvent, useLayoutEffect, useMemo, useRef } from 'react'
import { useTranslations } from 'use-intl'
import { useStore } from 'zustand'
import { useFollowProgress } from '../../data/mediaProgress.ts'
import { useListPlaces } from '../../state/listPlaces.ts'
import { Button } from '../ui/Button.tsx'
import { GridRow } from './GridRow.tsx'
import { columnsIn, type GridMove, layoutGrid, moveFrom, rangeOfRow, rowOf } from './gridLayout.ts'
import styles from './MediaGrid.module.css'
import type { GridSize, MediaGridProps } from './MediaGrid.tsx'
import { TableHeader } from './TableHeader.tsx'
import { columnsOf, templateOf } from './tableColumns.ts'
import { useGridFocus } from './useGridFocus.ts'
import { useGridKeys } from './useGridKeys.ts'
import { useGridRows } from './useGridRows.ts'
import { useGridSelection } from './useGridSelection.ts'
import { useMarquee } from './useMarquee.ts'

/** Heights of the items, the smallest width of a card, and the gap between cards, in rem. They match the styles. */
const cardHeightRem = 15
const rowHeightRem = 2.75
const minCardWidthRem = 12
const minCardWidthOnPhonesRem = 10
const gapRem = 0.75
const phoneWidthRem = 38

/** Screens that are loaded before they are scrolled to. */
const screensAhead = 2

export const GridBody = (props: MediaGridProps & { size: GridSize }) => {
  const { list, window, listedBy, total, view, selection, openId, size, onOpen, onPreview, onOrder, onAnnounce } = props
  const t = useTranslations('library')
  const [grid, scroll, canvas] = [
    useRef<HTMLDivElement>(null),
    useRef<HTMLDivElement>(null),
    useRef<HTMLDivElement>(null),
  ]
  const { items, base, isAtStart, isAtEnd } = window
  const isTable = view === 'table'
  const { rem, width } = size
  const isPhone = width < phoneWidthRem * rem
  const contentWidth = width - (isPhone ? 2 : 3.5) * rem
  const gap = isTable ? 0 : gapRem * rem
  const rowHeight = (isTable ? rowHeightRem : cardHeightRem) * rem + gap
  const minWidth = (isPhone ? minCardWidthOnPhonesRem : minCardWidthRem) * rem
  const columns = isTable ? 1 : columnsIn(contentWidth, minWidth, gap)
  const layout = useMemo(() => layoutGrid(base, items.length, columns), [base, items.length, columns])
  const tableColumns = useMemo(() => columnsOf(contentWidth / rem), [contentWidth, rem])
  const template = templateOf(tableColumns)

  // The place is that of the first rendering; later ones are left to the person.
  const place = useRef(useListPlaces.getState().places.get(list.key)).current
  const focus = useGridFocus(grid, window, place?.activeId ?? null)
  const { activeId, activeIndex } = focus
  const activeRow = activeIndex === -1 ? null : rowOf(layout, activeIndex)
  const placeIndex = place === undefined ? -1 : focus.indexOf(place.topId)
  const initialOffset = placeIndex === -1 ? 0 : rowOf(layout, placeIndex) * rowHeight + (place?.topOffset ?? 0)
  const { rows, top } = useGridRows({ scroll, layout, rowHeight, items, activeRow, initialOffset })
  const ranges = useGridSelection({
    store: selection,
    list: listedBy,
    window,
    onFailedRange: () => onAnnounce(t('rangeFailed')),
  })
  const marquee = useMarquee({ scroll, canvas, layout, rowHeight, gap, items, store: selection })
  const isSelecting = useStore(selection, (state) => state.selectedCount() > 0)

  const visible = rows.range ?? { startIndex: 0, endIndex: 0 }
  const pageRows = Math.max(1, Math.floor((rows.scrollRect?.height ?? 0) / rowHeight))
  const firstShown = rangeOfRow(layout, visible.startIndex).from
  const tabId = activeIndex === -1 ? items[firstShown]?.id : activeId
  useEffect(() => {
    const ahead = screensAhead * (pageRows + 1)
    if (!isAtEnd && visible.endIndex >= layout.rowCount - ahead) list.load('after')
    if (!isAtStart && visible.startIndex <= ahead) list.load('before')
    list.setShown({ index: firstShown, isAtTop: isAtStart && top.current < rowHeight / 2 })
  })

  const shownIds = items
    .slice(firstShown, rangeOfRow(layout, visible.endIndex).to)
    .flatMap(({ id, status }) => (status === 'PROCESSING' ? [id] : []))
  useFollowProgress(shownIds)

  const leave = useRef(() => {})
  useLayoutEffect(() => {
    leave.current = () => {
      const topIndex = rangeOfRow(layout, Math.floor(top.current / rowHeight)).from
      const topId = items[topIndex]?.id
      if (topId === undefined) return
      const topOffset = top.current - rowOf(layout, topIndex) * rowHeight
      useListPlaces.getState().remember(list.key, { activeId, topId, topOffset })
    }
  })
  useEffect(() => () => leave.current(), [])

  const activate = (index: number): void => {
    focus.focus(items[index]?.id)
    rows.scrollToIndex(rowOf(layout, index), { align: 'auto' })
  }
  const jump = useRef<{ edge: 'start' | 'end'; isExtending: boolean; from: typeof window } | null>(null)
  useLayoutEffect(() => {
    const wanted = jump.current
    if (wanted === null || wanted.from === window || items.length === 0) return
    if (!(wanted.edge === 'start' ? isAtStart : isAtEnd)) return
    jump.current = null
    const index = wanted.edge === 'start' ? 0 : items.length - 1
    if (wanted.isExtending) void ranges.extendTo(index)
    activate(index)
  })

  const jumpTo = (edge: 'start' | 'end', isExtending: boolean): void => {
    jump.current = { edge, isExtending, from: window }
    void (edge === 'start' ? list.goToStart() : list.goToEnd(total ?? base + items.length))
  }

  const onMove = (move: GridMove, isExtending: boolean): void => {
    if (items.length === 0) return
    if (isExtending && !ranges.hasAnchor()) ranges.setAnchor(activeIndex === -1 ? firstShown : activeIndex)
    if (move === 'listStart' && !isAtStart) return void jumpTo('start', isExtending)
    if (move === 'listEnd' && !isAtEnd) return void jumpTo('end', isExtending)
    const isJump = move === 'listStart' || move === 'listEnd'
    const index =
      activeIndex === -1 && !isJump ? firstShown : moveFrom(layout, Math.max(0, activeIndex), move, pageRows)
    if (isExtending) void ranges.extendTo(index)
    activate(index)
  }

  // The number of media may arrive after the first of them.
  const isAllWanted = useRef(false)
  const selectAll = (): void => {
    isAllWanted.current = total === null
    if (total !== null) selection.getState().selectAll(listedBy.filter, total)
  }
  useEffect(() => {
    if (isAllWanted.current) selectAll()
  })

  const onKeyDown = useGridKeys({
    store: selection,
    activeId,
    isOneColumn: columns === 1,
    onMove,
    onToggle: (isExtending) =>
      activeIndex !== -1 && (isExtending ? void ranges.extendTo(activeIndex) : ranges.toggle(activeIndex)),
    onSelectAll: selection.max === null ? selectAll : undefined,
    onOpen,
    onPreview: onPreview && ((id) => onPreview(openId === id ? undefined : id)),
  })

  // The bar of actions takes a part of the list, which must not be the one that is being worked on.
  const showActive = useEffectEvent(() => {
    const hasVisibleFocus = grid.current?.querySelector(':focus-visible') != null
    if (activeRow !== null && hasVisibleFocus) rows.scrollToIndex(activeRow, { align: 'auto' })
  })
  const height = rows.scrollRect?.height
  useEffect(() => {
    if (height !== undefined) showActive()
  }, [height])

  // The button that closes the details is gone with them.
  const lastOpenId = useRef(openId)
  useEffect(() => {
    if (openId === undefined && lastOpenId.current !== undefined && document.activeElement === document.body)
      focus.focus(lastOpenId.current)
    lastOpenId.current = openId
  })

  const clicked = useRef<string | null>(null)
  const onClick = (event: MouseEvent<HTMLElement>): void => {
    const target = event.target as HTMLElement // as: only elements are clicked
    // The second click of a double click is about the same media, even if the panel has moved the cards meanwhile.
    if (event.detail === 2 && clicked.current !== null) return void onOpen(clicked.current)
    clicked.current = null
    const id = target.closest<HTMLElement>('[data-media]')?.dataset['media']
    const index = id === undefined ? -1 : focus.indexOf(id)
    if (id === undefined || index === -1) return
    focus.focus(id)
    if (event.shiftKey && selection.max !== 1) return void ranges.extendTo(index)
    if (event.ctrlKey || event.metaKey || target.closest('[data-mark]') !== null || onPreview === undefined)
      ranges.toggle(index)
    else {
      ranges.setAnchor(index)
      onPreview(openId === id ? undefined : id)
    }
    if (target.closest('[data-mark]') === null) clicked.current = id
  }

  return (
    <>
      {list.newCount > 0 && (
        <div className={styles.added}>
          <Button
            size="small"
            variant="primary"
            icon={<ArrowUp size={16} aria-hidden />}
            onPress={() => jumpTo('start', false)}
          >
            {t('addedMedia', { count: list.newCount })}
          </Button>
        </div>
      )}
      <div
        ref={grid}
        className={styles.grid}
        role="grid"
        aria-label={t('media')}
        aria-multiselectable={selection.max !== 1}
        aria-rowcount={total === null ? -1 : Math.ceil(total / columns) + (isTable ? 1 : 0)}
        aria-colcount={isTable ? tableColumns.length + 1 : columns}
        aria-busy={list.isReplaced}
        tabIndex={-1}
        data-selecting={isSelecting || undefined}
        onKeyDown={onKeyDown}
        onClick={onClick}
        onFocus={focus.onFocus}
        onBlur={focus.onBlur}
      >
        {isTable && <TableHeader columns={tableColumns} template={template} order={listedBy.order} onOrder={onOrder} />}
        <div ref={scroll} className={styles.scroll} onPointerDown={marquee.onPointerDown}>
          <div ref={canvas} className={styles.canvas} role="rowgroup" style={{ height: rows.getTotalSize() }}>
            {rows.getVirtualItems().map(({ key, index, start }) => (
              <GridRow
                key={key}
                row={index}
                start={start}
                height={rowHeight - gap}
                layout={layout}
                items={items}
                view={view}
                tableColumns={tableColumns}
                template={template}
                selection={selection}
                activeId={tabId ?? null}
                openId={openId}
              />
            ))}
            {marquee.area !== null && (
              <div
                className={styles.marquee}
                style={{
                  left: marquee.area.left,
                  top: marquee.area.top,
                  width: marquee.area.right - marquee.area.left,
                  height: marquee.area.bottom - marquee.area.top,
                }}
              />
            )}
          </div>
        </div>
      </div>
    </>
  )
}
