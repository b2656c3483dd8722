import { z } from 'zod'
import { InvalidInputError } from './errors.ts'
import { isPostgresText } from './scalars.ts'
import { maxTags, tagKey } from './tagKeys.ts'

/** Parses a caller's input. Call it after the policy, so that no one learns about input that they may not send. */
export const parseInput = <Shape extends z.ZodType>(shape: Shape, input: unknown): z.output<Shape> => {
  const result = shape.safeParse(input)
  if (result.success) return result.data
  throw new InvalidInputError(
    result.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
  )
}

// Control characters, and marks that reorder text: with them `gpj.exe` can be displayed as `exe.jpg`.
const hiddenCharacters = /[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/u

const nameShape = (what: 'file' | 'folder') =>
  z
    .string()
    .trim()
    .min(1, `A ${what} name is required.`)
    .max(255, 'At most 255 characters.')
    .refine((name) => !/[/\\]/.test(name), `A ${what} name must not contain slashes.`)
    .refine(
      (name) => !hiddenCharacters.test(name),
      `A ${what} name must not contain control characters or text direction marks.`,
    )
    .refine((name) => name !== '.' && name !== '..', `A ${what} name must not be "." or "..".`)
    .refine((name) => name.isWellFormed(), 'Must be well-formed Unicode.')
    .transform((name) => name.normalize('NFC'))

export const fileName = nameShape('file')
export const folderName = nameShape('folder')

/** Text of several lines; empty text becomes null. */
export const text = (maxLength: number) =>
  z
    .string()
    .trim()
    .max(maxLength, `At most ${maxLength} characters.`)
    .refine((prose) => !/[^\P{Cc}\t\n\r]/u.test(prose), 'Must not contain control characters.')
    .refine((prose) => prose.isWellFormed(), 'Must be well-formed Unicode.')
    .transform((prose) => (prose === '' ? null : prose))

/** Field of an update that always has a value: absent leaves it unchanged, null is refused. */
export const notClearable = <Shape extends z.ZodType>(shape: Shape) =>
  shape.nullish().refine((value) => value !== null, 'Cannot be cleared.')

export const line = (maxLength: number) =>
  z
    .string()
    .trim()
    .min(1, 'Must not be empty.')
    .max(maxLength, `At most ${maxLength} characters.`)
    .refine((text) => !hiddenCharacters.test(text), 'Must not contain control characters or text direction marks.')
    .refine((text) => text.isWellFormed(), 'Must be well-formed Unicode.')

/** Claim of a token about its bearer, as its issuer writes it. */
export const tokenClaim = z
  .string()
  .trim()
  .min(1, 'Must not be empty.')
  .max(255, 'At most 255 characters.')
  .refine(isPostgresText, 'Must be well-formed Unicode without NUL.')

/** Search text as a user types it. */
export const searchText = (maxLength: number) =>
  z
    .string()
    .trim()
    .max(maxLength, `At most ${maxLength} characters.`)
    .refine(isPostgresText, 'Must be well-formed Unicode without NUL.')

export const sha256 = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/, 'Must be a SHA-256 of 64 hexadecimal digits.')
  .transform((text) => text.toLowerCase())

/** Trimmed tags without duplicates, regardless of case; the first spelling is kept. */
export const tags = z
  .array(line(64))
  .max(maxTags, `At most ${maxTags} tags.`)
  .transform((list) => [...new Map(list.toReversed().map((tag) => [tagKey(tag), tag])).values()].toReversed())
