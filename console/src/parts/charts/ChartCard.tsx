import { ChartColumn, Table2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useTranslations } from 'use-intl'
import { IconButton } from '../ui/IconButton.tsx'
import { type Column, Table } from '../ui/Table.tsx'
import styles from './ChartCard.module.css'

interface ChartCardProps<Row> {
  title: string
  /** One sentence that says what the chart shows, for screen readers. */
  summary: string
  chart: ReactNode
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  rowKey(row: Row): string
}

/** A chart with the table of its numbers, which one button swaps. */
export const ChartCard = <Row,>({ title, summary, chart, columns, rows, rowKey }: ChartCardProps<Row>) => {
  const t = useTranslations('analytics')
  const [isTable, setIsTable] = useState(false)
  return (
    <section className={styles.card} aria-label={title}>
      <header className={styles.header}>
        <h2>{title}</h2>
        <IconButton
          label={isTable ? t('showChart') : t('showTable')}
          icon={isTable ? <ChartColumn aria-hidden /> : <Table2 aria-hidden />}
          onPress={() => setIsTable(!isTable)}
        />
      </header>
      {isTable ? (
        <Table caption={title} columns={columns} rows={rows} rowKey={rowKey} />
      ) : (
        <figure>
          <figcaption className="visually-hidden">{summary}</figcaption>
          {chart}
        </figure>
      )}
    </section>
  )
}
