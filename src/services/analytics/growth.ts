import type { Sum } from './totals.ts'

export type Interval = 'DAY' | 'WEEK' | 'MONTH'

/** Media uploaded in an interval, without trashed ones; `totalBytes` also includes everything uploaded before. */
export interface GrowthPoint {
  from: Date
  files: number
  bytes: number
  totalBytes: number
}

/** Returns the start of the interval `intervalsBack` before the one that contains `at`; UTC, weeks start on Monday. */
const intervalStart = (interval: Interval, at: Date, intervalsBack: number): Date => {
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()]
  if (interval === 'MONTH') return new Date(Date.UTC(year, month - intervalsBack, 1))
  if (interval === 'DAY') return new Date(Date.UTC(year, month, day - intervalsBack))
  const sinceMonday = (at.getUTCDay() + 6) % 7
  return new Date(Date.UTC(year, month, day - sinceMonday - 7 * intervalsBack))
}

/** Returns the last intervals including the current one, oldest first, without gaps. */
export const computeGrowth = (
  byDay: readonly Sum<string>[],
  interval: Interval,
  last: number,
  now: Date,
): GrowthPoint[] => {
  const starts = Array.from({ length: last }, (_, index) => intervalStart(interval, now, last - 1 - index))
  const points: GrowthPoint[] = starts.map((from) => ({ from, files: 0, bytes: 0, totalBytes: 0 }))
  const indexByMs = new Map(starts.map((from, index) => [from.getTime(), index]))
  const firstMs = starts[0]?.getTime() ?? 0
  let totalBytes = 0
  for (const { key, files, bytes } of byDay) {
    const start = intervalStart(interval, new Date(Date.parse(key)), 0)
    const point = points[indexByMs.get(start.getTime()) ?? -1]
    if (point !== undefined) {
      point.files += files
      point.bytes += bytes
    } else if (start.getTime() < firstMs) totalBytes += bytes
  }
  for (const point of points) {
    totalBytes += point.bytes
    point.totalBytes = totalBytes
  }
  return points
}
