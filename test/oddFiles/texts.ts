import { chinese, russian, toGbk, toWindows1251 } from '../harness/encodedTexts.ts'
import type { OddFile, OddFileTable } from './row.ts'

const isDocument = (fileName: string, build: () => Buffer): OddFile => ({
  fileName,
  build: async () => build(),
  result: null,
  kind: 'DOCUMENT',
})

const encryptedPdf =
  '%PDF-1.6\n1 0 obj<</Type/Catalog>>endobj\n2 0 obj<</Filter/Standard/V 4/R 4/P -3904>>endobj\n' +
  'trailer<</Root 1 0 R/Encrypt 2 0 R>>\n%%EOF\n'
/** Header of an entry whose flags say that it is encrypted, and the end of the archive. */
const encryptedZip = Buffer.concat([
  Buffer.from('504b03041400010000000000000000000000000000000000000001000000', 'hex'),
  Buffer.from('a'),
  Buffer.from(`504b0506${'00'.repeat(18)}`, 'hex'),
])

export const texts: OddFileTable = {
  'a text in GBK': isDocument('课程.txt', () => toGbk(chinese.repeat(3))),
  'a text in windows-1251': isDocument('лекция.txt', () => toWindows1251(russian)),
  'a text in UTF-16': isDocument('notes.txt', () => Buffer.from(`\ufeff${russian}`, 'utf16le')),
  'a table': isDocument('points.csv', () => Buffer.from('name;points\nZoë;12\n')),
  'a page': isDocument('page.html', () => Buffer.from('<!doctype html><title>x</title><script>alert(1)</script>')),
  'a program that is named like a broadcast': isDocument('program.ts', () => Buffer.from('export const a = 1\n')),
  'a PDF with a password': isDocument('exam.pdf', () => Buffer.from(encryptedPdf)),
  'an archive with a password': { ...isDocument('exam.zip', () => encryptedZip), kind: 'OTHER' },
}
