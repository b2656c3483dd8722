import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseRoute } from '../../../worker/ffmpeg/classification/chooseRoute.ts'
import { readSignature } from '../../../worker/ffmpeg/fileSignature.ts'
import { decodeText } from '../../../worker/ffmpeg/textDecoding.ts'
import { chinese, russian, toGbk, toWindows1251 } from '../../harness/encodedTexts.ts'

const swap = (bytes: Buffer): Buffer => Buffer.from(bytes).swap16()

const texts: [name: string, bytes: Buffer, text: string, charset: string][] = [
  ['UTF-8', Buffer.from(russian), russian, 'utf-8'],
  ['windows-1251', toWindows1251(russian), russian, 'windows-1251'],
  ['GBK', toGbk(chinese.repeat(3)), chinese.repeat(3), 'gb18030'],
  [
    'Latin-1',
    Buffer.from('Größere Übungen für Schüler: äöü', 'latin1'),
    'Größere Übungen für Schüler: äöü',
    'iso-8859-1',
  ],
  ['little-endian UTF-16 without a mark', Buffer.from(russian, 'utf16le'), russian, 'utf-16le'],
  ['big-endian UTF-16 without a mark', swap(Buffer.from('Plain notes', 'utf16le')), 'Plain notes', 'utf-16be'],
]

test.each(texts)('a text in %s is decoded', (_, bytes, text, charset) => {
  expect(decodeText(bytes)).toEqual({ text, charset })
})

test('random bytes are no text', () => {
  const bytes = fc.integer({ min: 60, max: 4000 }).map((size) => randomBytes(size))
  fc.assert(fc.property(bytes, (value) => decodeText(value) === null))
})

test('an encoding that shows only after a long part in English is detected', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mediagraph-text-'))
  const path = join(folder, 'notes.txt')
  await writeFile(path, Buffer.concat([Buffer.from('Exercise. '.repeat(4000)), toWindows1251(russian.repeat(20))]))
  const route = chooseRoute(await readSignature(path, { fileName: 'notes.txt' }))
  await rm(folder, { recursive: true })
  expect(route).toMatchObject({ result: { mediaInfo: { mimeType: 'text/plain', charset: 'windows-1251' } } })
})
