import fc from 'fast-check'
import { describe, expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { MediaListDocument } from '../../../client/generated/documents.ts'
import { cleanLine } from '../../../src/services/kernel/cleanText.ts'
import { anyText } from '../../harness/anyText.ts'
import { it as base } from '../../harness/it.ts'
import { seedMedia } from '../../harness/seed.ts'
import { listUsers, upsertUser } from '../user/calls.ts'

const titles = [
  ...['C', 'C++', 'C++17 für alle', 'C#', 'F#', 'A+', 'A', 'Node.js', 'JS ohne Node', 'Node und JS'],
  ...['.NET', 'ASP.NET Core', 'Net income', 'Physics+Chemistry', 'Homework #3'],
  ...['東京大学の講義', '講義録', '義務講座', '数据库课程设计', 'プログラミング入門', 'Java入門', '第1講', '第2講'],
  ...['การเรียนรู้ภาษาไทย', 'ພາສາລາວ', 'ភាសាខ្មែរ', '데이터베이스 강의', 'မြန်မာစာ', '★★★'],
]

const it = base.extend('mediaIds', { scope: 'file', auto: true }, async ({ world }) => {
  const ids = await seedMedia(world, titles.length + 1)
  const { database } = world.runtime.ports
  for (const [index, title] of titles.entries())
    await database.media.update({ where: { id: ids[index] }, data: { title, fileName: `${index}.bin` } })
  await database.media.update({ where: { id: ids.at(-1) }, data: { title: 'Odd', fileName: 'odd.sample.xyz' } })
  return ids
})

const search = async (client: Client, text: string, by: 'RELEVANCE' | 'UPLOADED_AT' = 'RELEVANCE') => {
  const variables = { filter: { search: text }, order: { by, direction: 'DESC' }, first: 100 } as const
  return (await client.send(MediaListDocument, variables)).mediaList.edges.map(({ node }) => node)
}

describe('search', () => {
  it.for<[string, string[]]>([
    ['C', ['C']],
    ['c++', ['C++', 'C++17 für alle']],
    ['C++17', ['C++17 für alle']],
    ['Ｃ＋＋', ['C++', 'C++17 für alle']],
    ['c#', ['C#']],
    ['F#', ['F#']],
    ['A+', ['A+']],
    ['a', ['A']],
    ['node.js', ['Node.js']],
    ['js.node', []],
    ['node js', ['Node.js', 'JS ohne Node', 'Node und JS']],
    ['.net', ['.NET', 'ASP.NET Core']],
    ['asp.net', ['ASP.NET Core']],
    ['net', ['.NET', 'Net income', 'ASP.NET Core']],
    ['chemistry', ['Physics+Chemistry']],
    ['physics + chemistry', ['Physics+Chemistry']],
    ['homework#3', ['Homework #3']],
    ['.xyz', ['Odd']],
    ['sample.xyz', ['Odd']],
    ['講義', ['講義録', '東京大学の講義']],
    ['大学の', ['東京大学の講義']],
    ['京', ['東京大学の講義']],
    ['義', ['講義録', '義務講座', '東京大学の講義']],
    ['课程', ['数据库课程设计']],
    ['课程设计', ['数据库课程设计']],
    ['グラミング', ['プログラミング入門']],
    ['ﾌﾟﾛｸﾞﾗﾐﾝｸﾞ', ['プログラミング入門']],
    ['入門', ['Java入門', 'プログラミング入門']],
    ['java', ['Java入門']],
    ['第1講', ['第1講']],
    ['เรียน', ['การเรียนรู้ภาษาไทย']],
    ['ภาษา', ['การเรียนรู้ภาษาไทย']],
    ['การ\u200Bเรียนรู้', ['การเรียนรู้ภาษาไทย']],
    ['ລາວ', ['ພາສາລາວ']],
    ['ខ្មែរ', ['ភាសាខ្មែរ']],
    ['베이스', ['데이터베이스 강의']],
    ['စာ', ['မြန်မာစာ']],
    ['★★★', ['★★★']],
    ['★', []],
  ])('for %s finds %j', async ([text, expected], { users: { viewer } }) => {
    const found = (await search(viewer, text)).map(({ title }) => title)
    expect(found.toSorted()).toEqual(expected.toSorted())
  })

  it('ranks a word on its own before the same word in a longer one', async ({ users: { viewer } }) => {
    expect((await search(viewer, '講義録')).map(({ title }) => title)).toEqual(['講義録'])
    expect((await search(viewer, '入門')).map(({ title }) => title)).toEqual(['Java入門', 'プログラミング入門'])
  })

  /** Any text, and texts of the characters that decide where a word ends. */
  const title = fc
    .oneof(
      anyText,
      fc.string({
        unit: fc.constantFrom(
          ...[
            'a',
            "'",
            '\\',
            'B',
            '7',
            '+',
            '#',
            '.',
            ' ',
            '_',
            '-',
            '講',
            '義',
            'ア',
            'ก',
            'ี',
            '\u200B',
            '한',
            '２',
            '＋',
            '。',
            'ß',
          ],
        ),
        maxLength: 24,
      }),
    )
    .map((text) => cleanLine(text, 500))
    .filter((text) => text !== '')

  it('finds any title by itself, and by each of its words', async ({
    world,
    mediaIds: [id = ''],
    users: { viewer },
  }) => {
    const { database } = world.runtime.ports
    const tooLong = (text: string) => text.split(/[^\p{L}\p{N}\p{M}]+/u).filter(Boolean).length > 16
    const wordsOf = async (text: string) => {
      const [row] = await database.$queryRaw<[{ words: string[] | null }]>`SELECT "searchWords"(${text}) AS "words"`
      return row.words ?? []
    }
    await fc.assert(
      fc.asyncProperty(title, fc.constantFrom('RELEVANCE', 'UPLOADED_AT'), async (text, by) => {
        fc.pre(!tooLong(text))
        await database.media.update({ where: { id }, data: { title: text } })
        const chunks = [...new Set(text.split(/\s+/u))].slice(0, 3)
        const words = await wordsOf(text)
        const searches = [text, ...words.slice(0, 5)]
        for (const chunk of chunks) if ((await wordsOf(chunk)).length > 0) searches.push(chunk)
        for (const part of searches)
          expect(
            (await search(viewer, part, by)).map((media) => media.id),
            JSON.stringify(part),
          ).toContain(`Media:${id}`)
      }),
      {
        numRuns: 150,
        examples: [
          ['\u09C7\u0344\u09BE', 'RELEVANCE'],
          ['a.a#', 'RELEVANCE'],
          ['\uA7AC', 'RELEVANCE'],
          ['B。B＋講', 'RELEVANCE'],
        ],
      },
    )
  })

  it('finds people by a part of a name without blanks', async ({ users: { editor } }) => {
    await upsertUser(editor, 'taro', '山田太郎')
    await upsertUser(editor, 'jiro', '田中次郎')
    for (const text of ['太郎', '田太郎', '山田', '郎太'])
      expect(
        (await listUsers(editor, { search: text })).nodes.map(({ name }) => name),
        text,
      ).toEqual(text === '郎太' ? [] : ['山田太郎'])
  })
})
