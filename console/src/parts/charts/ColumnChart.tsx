import { AxisBottom, AxisLeft } from '@visx/axis'
import { scaleBand, scaleLinear } from '@visx/scale'
import { Bar } from '@visx/shape'
import styles from './Chart.module.css'
import { useWidth } from './useWidth.ts'

export interface ChartValue {
  key: string
  label: string
  value: number
}

interface ColumnChartProps {
  values: readonly ChartValue[]
  formatValue(value: number): string
}

const height = 220
const margin = { top: 8, right: 4, bottom: 28, left: 64 }
/** Width that a label needs. */
const labelWidth = 64

/** Vertical bars over labels. Its numbers are read from the table beside it, so it is hidden from screen readers. */
export const ColumnChart = ({ values, formatValue }: ColumnChartProps) => {
  const [ref, width] = useWidth<HTMLDivElement>()
  const [innerWidth, innerHeight] = [
    Math.max(0, width - margin.left - margin.right),
    height - margin.top - margin.bottom,
  ]
  const x = scaleBand({ domain: values.map(({ key }) => key), range: [0, innerWidth], padding: 0.3 })
  const largest = Math.max(1, ...values.map(({ value }) => value))
  const y = scaleLinear({ domain: [0, largest], range: [innerHeight, 0], nice: 4 })
  const labels = new Map(values.map(({ key, label }) => [key, label]))
  const labelInterval = Math.max(1, Math.ceil(values.length / Math.max(1, Math.floor(innerWidth / labelWidth))))
  const labelledKeys = values.map(({ key }) => key).filter((_, index) => index % labelInterval === 0)
  return (
    <div ref={ref} className={styles.chart}>
      {width > 0 && (
        <svg width={width} height={height} aria-hidden="true">
          <g transform={`translate(${margin.left} ${margin.top})`}>
            <AxisLeft
              scale={y}
              numTicks={4}
              hideTicks
              hideAxisLine
              axisClassName={styles.axis}
              tickFormat={(value) => formatValue(Number(value))}
            />
            {y.ticks(4).map((tick) => (
              <line key={tick} className={styles.grid} x1={0} x2={innerWidth} y1={y(tick)} y2={y(tick)} />
            ))}
            {values.map(({ key, label, value }) => (
              <Bar
                key={key}
                className={styles.bar}
                x={x(key)}
                y={y(value)}
                width={x.bandwidth()}
                height={innerHeight - y(value)}
                rx={3}
              >
                <title>{`${label}: ${formatValue(value)}`}</title>
              </Bar>
            ))}
            <AxisBottom
              scale={x}
              top={innerHeight}
              tickValues={labelledKeys}
              hideTicks
              axisClassName={styles.axis}
              tickFormat={(key) => labels.get(key) ?? ''}
            />
          </g>
        </svg>
      )}
    </div>
  )
}
