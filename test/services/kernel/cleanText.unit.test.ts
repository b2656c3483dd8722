import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanFileName, cleanLine, cleanLines } from '../../../src/services/kernel/cleanText.ts'
import { anyText } from '../../harness/anyText.ts'

const hebrew = '\u05E9\u05B8\u05C1\u05DC\u05D5\u05B9\u05DD'
const persian = '\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645'
const thai = '\u0E1A\u0E17\u0E17\u0E35\u0E48'
const khmer = '\u1798\u17C1\u179A\u17C0\u1793\u200B\u1791\u17B8'
const family = '\u{1F469}\u200D\u{1F469}\u200D\u{1F467}'
const england = '\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}'
const acute = '\u0301'

describe('cleanLine', () => {
  it.each<[string, string, string]>([
    ['plain text', 'Lecture 5: C++ & C#', 'Lecture 5: C++ & C#'],
    ['pointed Hebrew', hebrew, hebrew.normalize('NFC')],
    ['Persian with a zero-width non-joiner', persian, persian],
    ['Thai with tone marks', thai, thai],
    ['Khmer with zero-width spaces', khmer, khmer],
    ['joined emoji', family, family],
    ['a flag of tag characters', england, england],
    ['a variation selector', '\u2764\uFE0F', '\u2764\uFE0F'],
    ['a private character', '\uE000', '\uE000'],
  ])('keeps %s', (_name, text, expected) => {
    expect(cleanLine(text, 255)).toBe(expected)
  })

  it.each<[string, string, string]>([
    ['a right-to-left mark', `\u200F${hebrew}\u200E.`, `${hebrew.normalize('NFC')}.`],
    ['an override', 'exe.\u202Egpj', 'exe.gpj'],
    ['isolates', '\u2066a\u2067b\u2068c\u2069', 'abc'],
    ['a byte order mark', '\uFEFFa\uFEFFb', 'ab'],
    ['a soft hyphen', 'Donau\u00ADdampf', 'Donaudampf'],
    ['a word joiner', 'a\u2060b', 'ab'],
    ['annotation marks', '\uFFF9a\uFFFAb\uFFFB', 'ab'],
    ['NUL', 'a\0b', 'ab'],
    ['an escape sequence', 'a\u001B[31mb\u007F\u009B', 'a[31mb'],
    ['unpaired surrogates', 'a\uD800b\uDC00c', 'abc'],
    ['halves of a pair around a control character', '\uD83D\0\uDE00a', 'a'],
    ['white space at the ends', '\u00A0\t a \u3000\u200B', 'a'],
    ['a mark between blanks', 'a \u200E b', 'a b'],
  ])('drops %s', (_name, text, expected) => {
    expect(cleanLine(text, 255)).toBe(expected)
  })

  it.each<[string, string]>([
    ['a line break', 'a\r\nb'],
    ['tabs', 'a\t\tb'],
    ['an ideographic space', 'a\u3000b'],
    ['separators of lines and paragraphs', 'a\u2028\u2029b'],
    ['a next-line character', 'a\u0085b'],
    ['a vertical tab', 'a\vb'],
    ['a zero-width space beside a blank', 'a\u200B \u200Bb'],
  ])('replaces %s by one blank', (_name, text) => {
    expect(cleanLine(text, 255)).toBe('a b')
  })

  it.each<[string, string]>([
    ['nothing', ''],
    ['white space', ' \r\n\t\u00A0\u3000'],
    ['marks', '\u200E\u202E\uFEFF'],
    ['joiners', '\u200C\u200D'],
    ['variation selectors', '\uFE0F\u{E0100}'],
    ['Hangul fillers', '\u115F\u1160\u3164\uFFA0'],
    ['blank Braille patterns', '\u2800 \u2800'],
    ['unpaired surrogates', '\uDC00\uD800'],
    ['control characters', '\0\u0007'],
  ])('is empty for %s', (_name, text) => {
    expect(cleanLine(text, 255)).toBe('')
  })

  it('composes accents', () => {
    expect(cleanLine(`e${acute}te${acute}`, 255)).toBe('\u00E9t\u00E9')
  })

  it('measures after the composition', () => {
    expect(cleanLine(`e${acute}`.repeat(255), 255)).toBe('\u00E9'.repeat(255))
    expect(cleanLine('\uFB2C'.repeat(255), 255)).toBe('\uFB2C'.normalize('NFC').repeat(85))
  })

  it('keeps 30 combining marks in a row', () => {
    expect(cleanLine(`x${'\u0323'.repeat(31)}y`, 255)).toBe(`x${'\u0323'.repeat(30)}y`.normalize('NFC'))
  })

  it.each<[string, string, number, string]>([
    ['a pair of surrogates', 'ab\u{1F600}', 3, 'ab'],
    ['a joined emoji', `ab${family}`, 9, 'ab'],
    ['a flag', 'ab\u{1F1E9}\u{1F1EA}', 4, 'ab'],
    ['a letter with marks', `abx${'\u0323'.repeat(5)}`, 5, 'ab'],
    ['a Hangul syllable of old letters', 'ab\u1100\u119E\u11AB', 4, 'ab'],
  ])('cuts before %s that does not fit', (_name, text, maxLength, expected) => {
    expect(cleanLine(text, maxLength)).toBe(expected)
  })

  it('drops a blank before the cut', () => {
    expect(cleanLine('ab cd', 3)).toBe('ab')
  })

  it('cuts one overlong character between code points', () => {
    expect(cleanLine(`${'\u{1F469}\u200D'.repeat(5)}\u{1F467}`, 10)).toBe('\u{1F469}\u200D'.repeat(3))
  })

  it('is empty if nothing before the cut is visible', () => {
    expect(cleanLine(`${'\u200D'.repeat(300)}a`, 255)).toBe('')
  })
})

describe('cleanLines', () => {
  it.each<[string, string, string]>([
    ['line breaks', 'a\r\nb\rc\u2028d\u0085e\ff', 'a\nb\nc\nd\ne\nf'],
    ['control characters', 'a\0\u0007\n\tb', 'a\n\tb'],
    ['unpaired surrogates', 'a\uD800', 'a'],
    ['blank lines at the ends', '\n\n a\n\nb \n', 'a\n\nb'],
    ['decomposed accents', `e${acute}`, '\u00E9'],
    ['a text of which nothing is visible', '\n\u200E\u200D\n', ''],
  ])('cleans %s', (_name, text, expected) => {
    expect(cleanLines(text)).toBe(expected)
  })

  it('keeps direction marks, which belong to the content', () => {
    expect(cleanLines(`C++\u200E ${hebrew}`)).toBe(`C++\u200E ${hebrew.normalize('NFC')}`)
  })

  it('is not cut', () => {
    expect(cleanLines('a\n'.repeat(50_000))).toHaveLength(99_999)
  })
})

describe('cleanFileName', () => {
  it.each<[string, string, number, string]>([
    ['a name that fits', 'lecture.mp4', 11, 'lecture.mp4'],
    ['a long name with its extension', 'lecture one.mp4', 11, 'lecture.mp4'],
    ['a long name of a dot file', `.${'x'.repeat(300)}`, 10, '.xxxxxxxxx'],
    ['a dot file with an extension', '.config.json', 10, '.conf.json'],
    ['an extension that is too long to be one', `a.${'x'.repeat(30)}`, 10, 'a.xxxxxxxx'],
    ['an extension that alone is longer than allowed', 'a.abcdefghijkl', 8, 'a.abcdef'],
    ['an extension as long as allowed', 'ab.defghi', 7, 'ab.defg'],
    ['a name without an extension', 'lecture', 4, 'lect'],
    ['a sentence with dots', '1. Introduction to tides', 10, '1. Introdu'],
    ['an emoji before the extension', `ab${family}.mp4`, 12, 'ab.mp4'],
    ['composed letters that expand', '\u0958'.repeat(4), 255, '\u0958'.normalize('NFC').repeat(4)],
  ])('shortens %s', (_name, text, maxLength, expected) => {
    expect(cleanFileName(text, maxLength)).toBe(expected)
  })
})

const maxLengths = fc.oneof(fc.integer({ min: 2, max: 80 }), fc.constant(255))

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

describe('any text', () => {
  it.each([
    ['a line', cleanLine],
    ['a file name', cleanFileName],
    ['several lines', (text: string) => cleanLines(text)],
  ] as const)('cleaned as %s is clean', (_name, clean) => {
    fc.assert(
      fc.property(
        anyText,
        maxLengths,
        (text, maxLength) => clean(clean(text, maxLength), maxLength) === clean(text, maxLength),
      ),
      { numRuns: 5000 },
    )
  })

  it.each([
    ['a line', cleanLine],
    ['a file name', cleanFileName],
  ] as const)('cleaned as %s can be stored and displayed', (_name, clean) => {
    fc.assert(
      fc.property(anyText, maxLengths, (text, maxLength) => {
        const cleaned = clean(text, maxLength)
        expect(cleaned).not.toMatch(/[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029\uFEFF]|^\s|\s$|\s\s/u)
        expect(cleaned.normalize('NFC')).toBe(cleaned)
        expect(cleaned.length).toBeLessThanOrEqual(maxLength)
      }),
      { numRuns: 5000 },
    )
  })

  it('cleaned as several lines has no control characters but tabs and line feeds', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const cleaned = cleanLines(text)
        expect(cleaned).not.toMatch(/[^\P{Cc}\t\n]|\p{Cs}/u)
        expect(cleaned.normalize('NFC')).toBe(cleaned)
      }),
      { numRuns: 5000 },
    )
  })

  it('is cut to the longest beginning of whole characters', () => {
    fc.assert(
      fc.property(anyText, maxLengths, (text, maxLength) => {
        const characters = [...graphemes.segment(cleanLine(text, 10_000))].map(({ segment }) => segment)
        fc.pre((characters[0] ?? '').length <= maxLength)
        const lengths = characters.map((_character, index) => characters.slice(0, index + 1).join(''))
        const beginning = lengths.findLast(({ length }) => length <= maxLength) ?? ''
        expect(cleanLine(text, maxLength)).toBe(cleanLine(beginning, maxLength))
      }),
      { numRuns: 5000 },
    )
  })

  it('with a digit is not lost', () => {
    fc.assert(fc.property(anyText, anyText, (before, after) => cleanLine(`${before}7${after}`, 10_000).includes('7')))
  })
})

// Sorted by normalisation as it is, such a text takes minutes.
it('a megabyte of combining marks is cleaned', () => {
  const text = `x${'\u0301\u0323'.repeat(500_000)}`
  const expected = `x${'\u0301\u0323'.repeat(15)}`.normalize('NFC')
  expect([cleanLine(text, 255), cleanLines(text), cleanFileName(text, 255)]).toEqual([expected, expected, expected])
})
