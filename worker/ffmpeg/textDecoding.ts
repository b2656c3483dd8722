import { analyse } from 'chardet'

export interface DecodedText {
  text: string
  /** Label of the encoding, as browsers know it. */
  charset: string
}

const isControl = (byte: number): boolean => byte < 32 && ![8, 9, 10, 12, 13, 27].includes(byte)

/** Decodes with an encoding; null if the bytes are invalid in it or Node does not know it. */
const decodeStrictly = (head: Buffer, charset: string): DecodedText | null => {
  try {
    // `stream`: the end of the head may cut the last character in two.
    return { text: new TextDecoder(charset, { fatal: true }).decode(head, { stream: true }), charset }
  } catch {
    return null
  }
}

const visiblePattern = /^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}\s]*$/u
/** Characters below are those of alphabets; bytes that are not UTF-16 become characters above. */
const alphabetsEnd = 0x800

/** True if a text decoded as UTF-16 reads like one: almost all other bytes would decode without an error, too. */
const isAlphabetic = (text: string): boolean => {
  const characters = [...text]
  const count = characters.filter((character) => (character.codePointAt(0) ?? 0) < alphabetsEnd).length
  return visiblePattern.test(text) && count > 0.9 * characters.length
}

const minUtf16Bytes = 16

const decodeUtf16 = (head: Buffer): DecodedText | null => {
  if (head.length < minUtf16Bytes) return null
  const candidates = ['utf-16le', 'utf-16be'].map((charset) => decodeStrictly(head, charset))
  return candidates.find((candidate) => candidate !== null && isAlphabetic(candidate.text)) ?? null
}

/** Random bytes reach 5; a sentence reaches 30. */
const minConfidence = 15
const fallbackCharset = 'windows-1252'

const maxSampleBytes = 32 * 1024

/** Picks the words with bytes outside ASCII: a text that is mostly English would look like Western European. */
const pickTellingWords = (head: Buffer): Buffer => {
  const words = head.toString('latin1').split(/[ \t\r\n]+/)
  return Buffer.from(
    words
      .filter((word) => /[\x80-\xff]/.test(word))
      .join(' ')
      .slice(0, maxSampleBytes),
    'latin1',
  )
}

const decodeByStatistics = (head: Buffer): DecodedText | null => {
  const guesses = analyse(pickTellingWords(head)).filter(({ confidence }) => confidence >= minConfidence)
  for (const { name } of guesses) {
    const decoded = decodeStrictly(head, name.toLowerCase())
    if (decoded && !/[\p{Cn}\p{Co}]/u.test(decoded.text)) return decoded
  }
  const plainCount = head.filter((byte) => byte < 127).length
  return plainCount / head.length > 0.85 ? decodeStrictly(head, fallbackCharset) : null
}

/** Decodes the first bytes of a text in UTF-8, UTF-16 or an older encoding; null for anything binary. */
export const decodeText = (head: Buffer): DecodedText | null => {
  if (head.length === 0) return null
  const hasMark = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)
  if (hasMark) {
    const charset = head[0] === 0xff ? 'utf-16le' : 'utf-16be'
    const marked = decodeStrictly(head, charset)
    // Binary files may begin with the same two bytes.
    return marked?.text.includes('\0') ? null : marked
  }
  if (head.some(isControl)) return decodeUtf16(head)
  return decodeStrictly(head, 'utf-8') ?? decodeByStatistics(head)
}
