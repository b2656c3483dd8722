import { z } from 'zod'
import { InvalidInputError } from './errors.ts'
import { isPostgresText } from './scalars.ts'
import { maxTags, tagKey } from './tagKeys.ts'

/** Parses what a caller sent; called after the policy, so that nobody learns about input they may not send. */
export const parseInput = <Shape extends z.ZodType>(shape: Shape, input: unknown): z.output<Shape> => {
  const result = shape.safeParse(input)
  if (result.success) return result.data
  throw new InvalidInputError(
    result.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
  )
}

// Controls, and the marks that reorder text: with them `gpj.exe` can be made to read as `exe.jpg`.
const hiddenCharacters = /[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/u

const nameShape = (what: 'file' | 'folder') =>
  z
    .string()
    .trim()
    .min(1, `A ${what} name is needed.`)
    .max(255, 'At most 255 characters.')
    .refine((name) => !/[/\\]/.test(name), `A ${what} name holds no slashes.`)
    .refine(
      (name) => !hiddenCharacters.test(name),
      `A ${what} name holds no control characters and no text direction marks.`,
    )
    .refine((name) => name !== '.' && name !== '..', `Not a ${what} name.`)
    .refine((name) => name.isWellFormed(), 'Not well-formed Unicode.')
    .transform((name) => name.normalize('NFC'))

export const fileName = nameShape('file')
export const folderName = nameShape('folder')

/** Prose of several lines; empty is as good as none. */
export const text = (maxLength: number) =>
  z
    .string()
    .trim()
    .max(maxLength, `At most ${maxLength} characters.`)
    .refine((prose) => !/[^\P{Cc}\t\n\r]/u.test(prose), 'No control characters.')
    .refine((prose) => prose.isWellFormed(), 'Not well-formed Unicode.')
    .transform((prose) => (prose === '' ? null : prose))

/** In updates: absent stays, and there is always one. */
export const notClearable = <Shape extends z.ZodType>(shape: Shape) =>
  shape.nullish().refine((value) => value !== null, 'Cannot be cleared.')

export const line = (maxLength: number) =>
  z
    .string()
    .trim()
    .min(1, 'Must not be empty.')
    .max(maxLength, `At most ${maxLength} characters.`)
    .refine((text) => !hiddenCharacters.test(text), 'No control characters and no text direction marks.')
    .refine((text) => text.isWellFormed(), 'Not well-formed Unicode.')

/** What a token says about its bearer, as its issuer writes it. */
export const tokenClaim = z
  .string()
  .trim()
  .min(1, 'Must not be empty.')
  .max(255, 'At most 255 characters.')
  .refine(isPostgresText, 'No NUL, and well-formed Unicode only.')

/** What somebody types to find something. */
export const searchText = (maxLength: number) =>
  z.string().trim().max(maxLength, `At most ${maxLength} characters.`).refine(isPostgresText, 'No control characters.')

export const sha256 = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/, 'A SHA-256 has 64 hexadecimal digits.')
  .transform((text) => text.toLowerCase())

/** Trimmed, equal regardless of case; the first spelling stays. */
export const tags = z
  .array(line(64))
  .max(maxTags, `At most ${maxTags} tags.`)
  .transform((list) => [...new Map(list.toReversed().map((tag) => [tagKey(tag), tag])).values()].toReversed())
