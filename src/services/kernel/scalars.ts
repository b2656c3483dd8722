import { z } from 'zod'

/** Pieces of what callers send, as narrow as what PostgreSQL can hold: nothing else may reach a statement. */

/** As PostgreSQL stores text: no NUL, and no half of a surrogate pair. */
export const isPostgresText = (text: string): boolean => !text.includes('\0') && text.isWellFormed()

/** PostgreSQL knows no year 0, nor the signs that JavaScript writes before years of more than four digits. */
const minDate = new Date('0001-01-02')
const maxDate = new Date('9999-12-30T23:59:59.999Z')

/** A point in time, a day away from both ends: the session's time zone moves it. */
export const timestamp = z.date().min(minDate, 'Too long ago.').max(maxDate, 'Too far ahead.')

/** The same as a cursor carries it: exactly as `toISOString` writes it. */
export const timestampText = z.string().refine((text) => {
  const parsed = timestamp.safeParse(new Date(text))
  return parsed.success && parsed.data.toISOString() === text
})

/** What fits into an `int`, and minus zero is not a number to count with. */
export const int4 = z
  .int()
  .min(-(2 ** 31))
  .max(2 ** 31 - 1)
  .refine((value) => !Object.is(value, -0))

/** The digits of what is counted from zero and fits into a `bigint`. */
export const bigintText = z.string().regex(/^(0|[1-9]\d{0,17})$/)

/** A sort key that is a text. */
export const sortText = z.string().max(2000).refine(isPostgresText)
