import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { buildSchema, getOperationAST, parse, validate } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sendBytes, type UploadTarget } from '../../client/client.ts'
import { type MediaFixtures, openFixtures } from '../harness/fixtures.ts'
import { followToEnd, openWorld, readMedia, type World } from '../harness/world.ts'

/** The page for integrators runs as it is printed. */

interface Block {
  language: string
  text: string
  section: string
}

const root = join(import.meta.dirname, '../..')
const page = await readFile(join(root, 'README.md'), 'utf8')
const schema = buildSchema(await readFile(join(root, 'src/schema/schema.graphql'), 'utf8'))

const blocks: Block[] = page.split(/^## /m).flatMap((part) => {
  const section = part.slice(0, part.indexOf('\n'))
  return [...part.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({
    language,
    text,
    section,
  }))
})

const nameOf = (text: string): string => getOperationAST(parse(text))?.name?.value ?? 'a document without a name'

const ofSection = blocks.filter(({ section }) => section === 'For LMS integrators')
const requests = ofSection.flatMap(({ language, text }, index) => {
  const next = ofSection[index + 1]
  return language === 'graphql'
    ? [{ name: nameOf(text), text, variables: next?.language === 'json' ? next.text : '' }]
    : []
})

const findCommands = (snippet: string): string => {
  const block = blocks.find(({ language, text }) => language === 'sh' && text.includes(snippet))
  if (block === undefined) throw new Error(`README.md has no commands with ${snippet}`)
  return block.text
}

/** A video as long as the page says: the rest is a box that players skip. */
const padVideo = (video: Buffer, sizeBytes: number): Buffer => {
  const box = Buffer.alloc(sizeBytes - video.length)
  box.writeUInt32BE(box.length, 0)
  box.write('free', 4, 'latin1')
  return Buffer.concat([video, box])
}

describe('every document on the page', () => {
  const documents = blocks.filter(({ language }) => language === 'graphql')

  it.each(documents.map(({ text }) => [text.split('\n')[0], text]))('fits the schema: %s', (_line, text) => {
    expect(validate(schema, parse(text ?? ''))).toEqual([])
  })
})

describe('the requests for integrators, in their order', () => {
  let world: World
  let media: MediaFixtures
  let folder: string
  let shell: string[]

  beforeAll(async () => {
    world = await openWorld({ worker: true })
    folder = await mkdtemp(join(tmpdir(), 'mediagraph-readme-'))
    media = await openFixtures()
    await copyFile(await media.pathOf('black.mp4'), join(folder, 'lecture.mp4'))
    for (const { name, text, variables } of requests) {
      await writeFile(join(folder, `${name}.graphql`), text)
      await writeFile(join(folder, `${name}.json`), variables)
    }
    const token = await world.token('editor', 'Ada')
    // Where the server is and who calls is all that differs from the page.
    const upload = findCommands('TICKET=')
      .replace(/^URL=\S+/m, `URL=${world.origin}`)
      .replace(/^AUTH=.*$/m, `AUTH="Authorization: Bearer ${token}"`)
    shell = [upload, findCommands('ask()')]
  })
  afterAll(async () => {
    await world?.close()
    await media?.[Symbol.asyncDispose]()
    if (folder !== undefined) await rm(folder, { recursive: true })
  })

  const run = async (...lines: string[]): Promise<string> =>
    (await promisify(execFile)('sh', ['-euc', lines.join('\n')], { cwd: folder })).stdout

  const settings = (): string[] => shell.join('\n').match(/^(URL=.*|AUTH=.*|ask\(\) \{[\s\S]*?^\})$/gm) ?? []
  const ids = { MEDIA: '', OPERATION: '', PERSON: '', ASSIGNMENT: '' }

  const send = async (name: string, ...options: string[]): Promise<string> =>
    run(
      Object.entries(ids)
        .map((pair) => pair.join('='))
        .join(' '),
      ...settings(),
      ['ask', name, ...options].join(' '),
    )

  const ask = async (name: string) => JSON.parse(await send(name)).data

  it('begin with the upload by curl, and find its id in the ticket', async () => {
    const output = await run('OPERATION=', ...shell, 'echo "MEDIA=$MEDIA"')
    expect(output).toContain(' 204 ')
    ids.MEDIA = /MEDIA=(.*)/.exec(output)?.[1] ?? ''
    expect(ids.MEDIA).toMatch(/^Media:[0-9a-f-]{36}$/)
    await followToEnd(await world.client('editor', 'Ada'), ids.MEDIA)
  })

  it('link, and a repeated call gets the same link', async () => {
    const first = await ask('Link')
    expect(first).toEqual({ mediaLink: { id: expect.stringMatching(/^MediaUsage:/), media: { usageCount: 1 } } })
    expect(await ask('Link')).toEqual(first)
  })

  it('tell where it is used', async () => {
    const resource = { type: 'lesson', externalId: '77', title: 'The pendulum', parent: { title: 'Oscillation' } }
    expect(await ask('Where')).toMatchObject({
      media: { usages: { totalCount: 1, nodes: [{ resource }] } },
      resource: { usages: { nodes: [{ media: { id: ids.MEDIA } }] } },
      mediaList: { totalCount: 1, nodes: [{ id: ids.MEDIA }] },
    })
  })

  it('save a lesson', async () => {
    expect(await ask('Save')).toEqual({ resourceMediaSet: { mediaCount: 1 } })
  })

  it('replace and roll back', async () => {
    const { mediaUploadCreate: ticket } = (await ask('Replace')) as {
      mediaUploadCreate: { upload: { mediaId: string }; target: UploadTarget }
    }
    expect(ticket.upload.mediaId).toBe(ids.MEDIA)
    const { sizeBytes } = JSON.parse(requests.find(({ name }) => name === 'Replace')?.variables ?? '').input
    const bytes = padVideo(await readFile(await media.pathOf('silent.mp4')), sizeBytes)
    await sendBytes(ticket.target, bytes, { sizeBytes })
    const editor = await world.client('editor', 'Ada')
    await followToEnd(editor, ids.MEDIA)
    expect(await readMedia(editor, ids.MEDIA)).toMatchObject({ status: 'READY', sizeBytes })
    expect(await ask('RollBack')).toMatchObject({ mediaVersionActivate: { currentVersion: { number: 1 } } })
  })

  it('act on many, and follow that', async () => {
    const { mediaBulkTag } = await ask('TagCourse')
    expect(mediaBulkTag).toEqual({ id: expect.stringMatching(/^Operation:/), total: 1 })
    ids.OPERATION = mediaBulkTag.id
    const stream = await send('Progress', '-N', "-H 'Accept: text/event-stream'")
    expect(stream).toContain('"status":"COMPLETED","processed":1,"total":1,"failed":0')
    expect(await readMedia(await world.client('editor', 'Ada'), ids.MEDIA)).toMatchObject({ tags: ['spring term'] })
  })

  it('give it to a person, and take it back', async () => {
    const { userUpsert } = await ask('Person')
    expect(userUpsert).toEqual({ id: expect.stringMatching(/^User:/), name: 'Noor' })
    ids.PERSON = userUpsert.id
    const { assignmentCreate } = await ask('Assign')
    expect(assignmentCreate).toMatchObject({ status: 'CURRENT', previous: null })
    ids.ASSIGNMENT = assignmentCreate.id
    expect(await ask('TakeBack')).toEqual({
      assignmentUndo: { status: 'UNDONE', user: { currentAssignment: null } },
    })
  })

  it('refuse to delete what is used, then delete and restore', async () => {
    expect(await ask('Delete')).toMatchObject({
      mediaDelete: { code: 'IN_USE', usageCount: 1, usages: { nodes: [{ resource: { externalId: '77' } }] } },
    })
    expect(await ask('UnlinkAndDelete')).toEqual({
      mediaUnlink: { usageCount: 0, unusedSince: expect.any(String) },
      mediaDelete: { deletedAt: expect.any(String), purgeAt: expect.any(String) },
    })
    expect(await ask('Restore')).toEqual({
      mediaRestore: { media: { id: ids.MEDIA, deletedAt: null, usageCount: 0 }, lost: [] },
    })
  })

  it('remove a course, with all that is below it', async () => {
    await ask('Link')
    const removed = await ask('RemoveCourse')
    expect(removed).toEqual({ resourceDelete: { id: expect.stringMatching(/^Resource:/) } })
    expect(await ask('RemoveCourse')).toEqual(removed)
    expect(await ask('Where')).toMatchObject({ media: { usages: { totalCount: 0 } }, resource: null })
  })

  it('are all of them tried here', () => {
    const testedNames =
      'Link Where Save Replace RollBack TagCourse Progress Person Assign TakeBack Delete UnlinkAndDelete Restore RemoveCourse'
    expect(requests.map(({ name }) => name)).toEqual(testedNames.split(' '))
  })
})
