import { z } from 'zod'
import { cleanFileName, cleanLine, cleanLines } from './cleanText.ts'
import { InvalidInputError } from './errors.ts'
import { isPostgresText } from './scalars.ts'
import { maxTagLength, maxTags, tagKey } from './tagKeys.ts'

/** Parses a caller's input. Call it after the policy, so that no one learns about input that they may not send. */
export const parseInput = <Shape extends z.ZodType>(shape: Shape, input: unknown): z.output<Shape> => {
  const result = shape.safeParse(input)
  if (result.success) return result.data
  throw new InvalidInputError(
    result.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
  )
}

/** Text that decorates, in one line: cleaned and cut to `maxLength`, refused only if nothing remains. */
export const requiredLabel = (maxLength: number) =>
  z
    .string()
    .transform((text) => cleanLine(text, maxLength))
    .refine((text) => text !== '', 'Must not be empty.')

/** Text that decorates, in one line: cleaned and cut to `maxLength`; null if nothing remains. */
export const label = (maxLength: number) => z.string().transform((text) => cleanLine(text, maxLength) || null)

const nameShape = (what: 'file' | 'folder', clean: (name: string, maxLength: number) => string) =>
  z
    .string()
    .transform((name) => clean(name, 255))
    .refine((name) => name !== '', `A ${what} name is required.`)
    .refine((name) => !/[/\\]/.test(name), `A ${what} name must not contain slashes.`)
    .refine((name) => name !== '.' && name !== '..', `A ${what} name must not be "." or "..".`)

export const fileName = nameShape('file', cleanFileName)
export const folderName = nameShape('folder', cleanLine)

/** Text of several lines: cleaned; null if nothing remains. One that is too long is refused, since it is content. */
export const text = (maxLength: number) =>
  z
    .string()
    .transform(cleanLines)
    .refine((prose) => prose.length <= maxLength, `At most ${maxLength} characters.`)
    .transform((prose) => prose || null)

/** Field of an update that always has a value: absent leaves it unchanged, null is refused. */
export const notClearable = <Shape extends z.ZodType>(shape: Shape) =>
  shape.nullish().refine((value) => value !== null, 'Cannot be cleared.')

// Control characters, and marks that reorder text.
const hiddenCharacters = /[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/u

/** Key in another system. It is never cleaned, since two keys that differ must not become one. */
export const key = (maxLength: number) =>
  z
    .string()
    .trim()
    .min(1, 'Must not be empty.')
    .max(maxLength, `At most ${maxLength} characters.`)
    .refine((text) => !hiddenCharacters.test(text), 'Must not contain control characters or text direction marks.')
    .refine((text) => text.isWellFormed(), 'Must be well-formed Unicode.')

/** Key of a person or program in the system that issues tokens, as that system writes it. */
export const subject = z
  .string()
  .trim()
  .max(255, 'At most 255 characters.')
  .refine(isPostgresText, 'Must be well-formed Unicode without NUL.')
  // Something of it is displayed if the token has no name.
  .refine((text) => cleanLine(text, 255) !== '', 'Must not be empty.')

/** Search text as a user types it: cleaned; null if there is nothing to search for. One that is too long is refused. */
export const searchText = (maxLength: number) =>
  z
    .string()
    .transform((text) => cleanLine(text, Number.POSITIVE_INFINITY))
    .refine((text) => text.length <= maxLength, `At most ${maxLength} characters.`)
    .transform((text) => text || null)

const maxKeyLength = 255

/** Texts by which keys are searched: the cleaned one, and the given one, since keys are not cleaned. Usually they are equal. */
export const keyTextsOf = (cleaned: string, given: string): string[] => {
  const trimmed = given.trim()
  return trimmed.length <= maxKeyLength && isPostgresText(trimmed) ? [...new Set([cleaned, trimmed])] : [cleaned]
}

export const sha256 = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/, 'Must be a SHA-256 of 64 hexadecimal digits.')
  .transform((text) => text.toLowerCase())

/** Cleaned tags without empty ones and duplicates, regardless of case; the first spelling is kept. */
export const tags = z
  .array(z.string().transform((tag) => cleanLine(tag, maxTagLength)))
  .transform((list) => list.filter((tag) => tag !== ''))
  .transform((list) => [...new Map(list.toReversed().map((tag) => [tagKey(tag), tag])).values()].toReversed())
  .refine((list) => list.length <= maxTags, `At most ${maxTags} tags.`)
