import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseRoute } from '../../../worker/ffmpeg/classification/chooseRoute.ts'
import { readSignature } from '../../../worker/ffmpeg/fileSignature.ts'
import { decodeText } from '../../../worker/ffmpeg/textDecoding.ts'

const russian = 'Лекция номер два: введение в алгебру и анализ. Задачи к семинару.'
const chinese = '本课程介绍数学分析的基础知识。'

/** Windows-1251 keeps the Russian letters in the order of Unicode. */
const toWindows1251 = (text: string): Buffer =>
  Buffer.from(
    [...text]
      .map((character) => (character < 'А' ? character : String.fromCharCode(character.charCodeAt(0) - 0x350)))
      .join(''),
    'latin1',
  )

/** Finds the bytes of each character by trying all pairs, since Node only decodes GBK. */
const toGbk = (text: string): Buffer => {
  const decoder = new TextDecoder('gbk')
  const pairs = new Map<string, number[]>()
  for (let lead = 0x81; lead < 0xff; lead++)
    for (let trail = 0x40; trail < 0xff; trail++) pairs.set(decoder.decode(Uint8Array.of(lead, trail)), [lead, trail])
  return Buffer.from([...text].flatMap((character) => pairs.get(character) ?? [character.charCodeAt(0)]))
}

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
