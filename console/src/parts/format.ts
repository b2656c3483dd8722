import { useFormatter } from 'use-intl'

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const
const binaryUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const
const dayMs = 86_400_000

const pad = (value: number): string => String(value).padStart(2, '0')

/** Writes seconds as a clock: `1:02:03`, or `2:03` below one hour. */
export const formatDuration = (seconds: number): string => {
  const whole = Math.round(seconds)
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(rest)}` : `${minutes}:${pad(rest)}`
}

/** Writes numbers, sizes and times in the language of the console. */
export const useFormat = () => {
  const format = useFormatter()
  return {
    number: (value: number): string => format.number(value),
    /** Size in bytes, with a decimal unit. */
    bytes: (bytes: number): string => {
      const index = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
      const maximumFractionDigits = index < 2 || bytes / 1000 ** index >= 100 ? 0 : 1
      return format.number(bytes / 1000 ** index, { style: 'unit', unit: units[index], maximumFractionDigits })
    },
    /** Size in bytes, with a binary unit: for limits that are powers of two. */
    binaryBytes: (bytes: number): string => {
      const index = bytes < 1 ? 0 : Math.min(binaryUnits.length - 1, Math.floor(Math.log2(bytes) / 10))
      return `${format.number(bytes / 1024 ** index, { maximumFractionDigits: 1 })} ${binaryUnits[index]}`
    },
    duration: formatDuration,
    date: (iso: string): string => format.dateTime(new Date(iso), { dateStyle: 'medium' }),
    dateTime: (iso: string): string => format.dateTime(new Date(iso), { dateStyle: 'medium', timeStyle: 'short' }),
    month: (iso: string): string => format.dateTime(new Date(iso), { year: 'numeric', month: 'long', timeZone: 'UTC' }),
    shortMonth: (iso: string): string =>
      format.dateTime(new Date(iso), { month: 'short', year: '2-digit', timeZone: 'UTC' }),
    /** Time from now in words for a week, later the date. */
    relative: (iso: string): string => {
      const date = new Date(iso)
      return Math.abs(Date.now() - date.getTime()) < 7 * dayMs
        ? format.relativeTime(date, new Date())
        : format.dateTime(date, { dateStyle: 'medium' })
    },
  }
}
