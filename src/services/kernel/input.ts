import { z } from 'zod'
import { InvalidInputError } from './errors.ts'
import { isStorable } from './scalars.ts'
import { mostTags, tagKey } from './tagKeys.ts'

/** Parses what a caller sent; called after the policy, so that nobody learns about input they may not send. */
export const parseInput = <Shape extends z.ZodType>(shape: Shape, input: unknown): z.output<Shape> => {
  const result = shape.safeParse(input)
  if (result.success) return result.data
  throw new InvalidInputError(
    result.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
  )
}

// Controls, and the marks that reorder text: with them `gpj.exe` can be made to read as `exe.jpg`.
const hidden = /[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/u

const nameOf = (what: 'file' | 'folder') =>
  z
    .string()
    .trim()
    .min(1, `A ${what} name is needed.`)
    .max(255, 'At most 255 characters.')
    .refine((name) => !/[/\\]/.test(name), `A ${what} name holds no slashes.`)
    .refine((name) => !hidden.test(name), `A ${what} name holds no control characters and no text direction marks.`)
    .refine((name) => name !== '.' && name !== '..', `Not a ${what} name.`)
    .refine((name) => name.isWellFormed(), 'Not well-formed Unicode.')
    .transform((name) => name.normalize('NFC'))

export const fileName = nameOf('file')
export const folderName = nameOf('folder')

/** Prose of several lines; empty is as good as none. */
export const text = (maximum: number) =>
  z
    .string()
    .trim()
    .max(maximum, `At most ${maximum} characters.`)
    .refine((prose) => !/[^\P{Cc}\t\n\r]/u.test(prose), 'No control characters.')
    .refine((prose) => prose.isWellFormed(), 'Not well-formed Unicode.')
    .transform((prose) => (prose === '' ? null : prose))

/** In updates: absent stays, and there is always one. */
export const lasting = <Shape extends z.ZodType>(shape: Shape) =>
  shape.nullish().refine((value) => value !== null, 'Cannot be cleared.')

export const line = (maximum: number) =>
  z
    .string()
    .trim()
    .min(1, 'Must not be empty.')
    .max(maximum, `At most ${maximum} characters.`)
    .refine((text) => !hidden.test(text), 'No control characters and no text direction marks.')
    .refine((text) => text.isWellFormed(), 'Not well-formed Unicode.')

/** What a token says about its bearer, as its issuer writes it. */
export const claim = z
  .string()
  .trim()
  .min(1, 'Must not be empty.')
  .max(255, 'At most 255 characters.')
  .refine(isStorable, 'No NUL, and well-formed Unicode only.')

/** What somebody types to find something. */
export const searchText = (maximum: number) =>
  z.string().trim().max(maximum, `At most ${maximum} characters.`).refine(isStorable, 'No control characters.')

export const sha256 = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/, 'A SHA-256 has 64 hexadecimal digits.')
  .transform((text) => text.toLowerCase())

/** Trimmed, equal regardless of case; the first spelling stays. */
export const tags = z
  .array(line(64))
  .max(mostTags, `At most ${mostTags} tags.`)
  .transform((list) => [...new Map(list.toReversed().map((tag) => [tagKey(tag), tag])).values()].toReversed())
