import { z } from 'zod'

/** Scalars of callers' input, as narrow as what PostgreSQL can store: nothing else may reach a statement. */

/** Whether PostgreSQL can store the text: no NUL, and no unpaired surrogate. */
export const isPostgresText = (text: string): boolean => !text.includes('\0') && text.isWellFormed()

/** PostgreSQL has no year 0, nor the signs that JavaScript writes before years of more than four digits. */
const minDate = new Date('0001-01-02')
const maxDate = new Date('9999-12-30T23:59:59.999Z')

/** Timestamp at least a day away from both limits, since the session's time zone shifts it. */
export const timestamp = z.date().min(minDate, 'Too far in the past.').max(maxDate, 'Too far in the future.')

/** Timestamp in a cursor: exactly as `toISOString` writes it. */
export const timestampText = z.string().refine((text) => {
  const parsed = timestamp.safeParse(new Date(text))
  return parsed.success && parsed.data.toISOString() === text
})

/** Number that fits into an `int`. Minus zero is refused, since it is not a count. */
export const int4 = z
  .int()
  .min(-(2 ** 31))
  .max(2 ** 31 - 1)
  .refine((value) => !Object.is(value, -0))

/** Digits of a count from zero that fits into a `bigint`. */
export const bigintText = z.string().regex(/^(0|[1-9]\d{0,17})$/)

/** Digits of a fraction, as JavaScript writes them. */
export const float8Text = z.string().refine((text) => Number.isFinite(Number(text)) && String(Number(text)) === text)

/** Sort key that is a text. */
export const sortText = z.string().max(2000).refine(isPostgresText)
