import { ArrowDown, ArrowUp } from 'lucide-react'
import { useTranslations } from 'use-intl'
import type { MediaOrder, MediaSort } from '../../api/generated/documents.ts'
import styles from './MediaTable.module.css'
import type { columnsOf } from './tableColumns.ts'

interface TableHeaderProps {
  columns: ReturnType<typeof columnsOf>
  template: string
  order: MediaOrder
  /** Absent: the order cannot be changed. */
  onOrder?(order: MediaOrder): void
}

const ascendingFirst: readonly MediaSort[] = ['TITLE']

/** Names of the columns. A click sorts by one, a second click turns the direction around. */
export const TableHeader = ({ columns, template, order, onOrder }: TableHeaderProps) => {
  const t = useTranslations('library')
  const sortBy = (by: MediaSort): void => {
    const isAscending = order.by === by ? order.direction === 'DESC' : ascendingFirst.includes(by)
    onOrder?.({ by, direction: isAscending ? 'ASC' : 'DESC' })
  }
  return (
    <div className={styles.header} role="rowgroup">
      <div className={styles.headerRow} role="row" aria-rowindex={1} style={{ gridTemplateColumns: template }}>
        <span role="columnheader" aria-colindex={1}>
          <span className="visually-hidden">{t('selection')}</span>
        </span>
        {columns.map(({ column, sort }, index) => {
          const isSorted = sort !== undefined && order.by === sort
          const Arrow = order.direction === 'ASC' ? ArrowUp : ArrowDown
          return (
            <span
              key={column}
              role="columnheader"
              aria-colindex={index + 2}
              aria-sort={isSorted ? (order.direction === 'ASC' ? 'ascending' : 'descending') : undefined}
              className={styles.headerCell}
              data-column={column}
            >
              {sort === undefined || onOrder === undefined ? (
                t('column', { column })
              ) : (
                <button type="button" className={styles.sort} onClick={() => sortBy(sort)}>
                  {t('column', { column })}
                  {isSorted && <Arrow size={14} aria-hidden />}
                </button>
              )}
            </span>
          )
        })}
      </div>
    </div>
  )
}
