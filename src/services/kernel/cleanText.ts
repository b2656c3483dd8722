/**
 * Cleaning of texts that people and other systems write: titles, names, tags. They are printed, copied and translated on
 * their way, and a stray mark must not refuse a whole call. Keys are never cleaned: two that differ would become one.
 * Every function is linear in the length of the text, and returns a clean text unchanged.
 */

/** Control characters that are not white space, and unpaired surrogates, which PostgreSQL cannot store. */
const unstorable = /[^\P{Cc}\p{White_Space}]|\p{Cs}/gu
/** Invisible marks that reorder text, so that `gpj.exe` can be displayed as `exe.jpg`, or have no effect in one line. */
const marks = /[\p{Bidi_Control}\u00AD\u2060-\u206F\uFEFF\uFFF9-\uFFFB]/gu
const lineBreaks = /\r\n?|[\v\f\u0085\u2028\u2029]/g
/** Zero-width spaces separate words in Thai and Khmer; beside white space they mean nothing. */
const spaces = /[\p{White_Space}\u200B]+/gu
/** A character that leaves a trace on the screen; the blank Braille pattern does not. */
const visible = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cc}\u2800]/u
/** Limit of the Stream-Safe Text Format. Normalisation sorts longer runs in quadratic time: minutes for a megabyte. */
const maxMarksInARow = 30

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

const dropIfInvisible = (text: string): string => (visible.test(text) ? text : '')

/** Replaces white space by single blanks, and drops it at both ends. */
const foldSpaces = (text: string): string =>
  text.replace(spaces, (run, start: number) => {
    if (start === 0 || start + run.length === text.length) return ''
    return /\p{White_Space}/u.test(run) ? ' ' : '\u200B'
  })

const limitCombiningMarks = (text: string): string =>
  text.replace(/\p{M}{2,}/gu, (run) =>
    run.length > maxMarksInARow ? Array.from(run).slice(0, maxMarksInARow).join('') : run,
  )

/** Limited again after the composition, which can make two marks of one. */
const compose = (text: string): string => limitCombiningMarks(limitCombiningMarks(text).normalize('NFC'))

/** Shortens a text to at most `maxLength` UTF-16 units, between two characters as a reader sees them. */
const cut = (text: string, maxLength: number): string => {
  if (text.length <= maxLength) return text
  const character = graphemes.segment(text.slice(0, maxLength + 2)).containing(maxLength)
  // A single character may be longer, for example a chain of joined emoji: it is cut between two code points.
  const end = character?.index || maxLength
  return dropIfInvisible(foldSpaces(text.slice(0, end).replace(/\p{Cs}$/u, '')))
}

const cleanWhole = (text: string): string =>
  dropIfInvisible(compose(foldSpaces(text.replace(unstorable, '').replace(marks, ''))))

/** One line without controls and direction marks, white space folded, in NFC; empty if nothing visible remains. */
export const cleanLine = (text: string, maxLength: number): string => cut(cleanWhole(text), maxLength)

/**
 * Several lines of prose, without controls, in NFC; empty if nothing visible remains. Nothing that belongs to the content
 * is lost: direction marks, line breaks and indentation stay, and nothing is cut.
 */
export const cleanLines = (text: string): string =>
  dropIfInvisible(compose(text.replace(unstorable, '').replace(lineBreaks, '\n').trim()))

/** A file name, cleaned like a line. A long one keeps its extension. */
export const cleanFileName = (name: string, maxLength: number): string => {
  const cleaned = cleanWhole(name)
  if (cleaned.length <= maxLength) return cleaned
  const [extension = ''] = /\.[^.\s]{1,20}$/u.exec(cleaned) ?? []
  if (extension.length >= maxLength) return cut(cleaned, maxLength)
  return cut(cleaned.slice(0, cleaned.length - extension.length), maxLength - extension.length) + extension
}
