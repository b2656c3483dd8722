import { unsupported } from './arguments.ts'

/** Leaves a value that Prisma converts or refuses to Prisma. */
export const refuse = (): never => unsupported('a value of another type')

/** PostgreSQL refuses the first, and UTF-8 cannot express unpaired surrogates. */
const isStorable = (value: string): boolean => !value.includes('\0') && value.isWellFormed()

export const encodeText = (value: unknown): string =>
  typeof value === 'string' && isStorable(value) ? value : refuse()

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Other texts would make the whole statement fail. */
export const encodeUuid = (value: unknown): string => (typeof value === 'string' && uuid.test(value) ? value : refuse())

const isInteger = (value: unknown, limit: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= -limit && value < limit

export const encodeBoolean = (value: unknown): string => (typeof value === 'boolean' ? String(value) : refuse())

export const encodeInt = (value: unknown): string => (isInteger(value, 2 ** 31) ? String(value) : refuse())

export const encodeBigInt = (value: unknown): string =>
  (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) || isInteger(value, 2 ** 53)
    ? String(value)
    : refuse()

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** Writes a time without its zone, as Prisma's adapter does: the session's zone is assumed in both directions. */
export const encodeTime = (value: unknown): string => {
  const time = typeof value === 'string' && isoTime.test(value) ? new Date(value) : value
  if (!(time instanceof Date) || Number.isNaN(time.getTime())) return refuse()
  const text = time.toISOString()
  return isoTime.test(text) ? text.slice(0, -1) : refuse()
}
