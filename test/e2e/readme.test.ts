import { execFile } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { buildSchema, getOperationAST, parse, validate } from 'graphql'
import { describe, expect } from 'vitest'
import { sendBytes, type UploadTarget } from '../../client/client.ts'
import type { MediaFixtures } from '../harness/fixtures.ts'
import { itWithWorker } from '../harness/it.ts'
import { followToEnd, readMedia, type World } from '../harness/world.ts'

/** Runs the commands and requests of README.md exactly as they are printed there. */

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

const nameOf = (text: string): string => getOperationAST(parse(text))?.name?.value ?? 'unnamed document'

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

/** Pads a video to the size in README.md with a box that players skip. */
const padVideo = (video: Buffer, sizeBytes: number): Buffer => {
  const box = Buffer.alloc(sizeBytes - video.length)
  box.writeUInt32BE(box.length, 0)
  box.write('free', 4, 'latin1')
  return Buffer.concat([video, box])
}

/** Opens a folder with the files of the page, in which its commands run. `ids` are set by one test and used by the next. */
const openShell = async (world: World, files: MediaFixtures) => {
  const folder = await mkdtemp(join(tmpdir(), 'mediagraph-readme-'))
  await copyFile(await files.pathOf('black.mp4'), join(folder, 'lecture.mp4'))
  for (const { name, text, variables } of requests) {
    await writeFile(join(folder, `${name}.graphql`), text)
    await writeFile(join(folder, `${name}.json`), variables)
  }
  const token = await world.token('editor', 'Ada')
  // Only the address of the server and the token differ from the page.
  const uploadCommands = findCommands('TICKET=')
    .replace(/^URL=\S+/m, `URL=${world.origin}`)
    .replace(/^AUTH=.*$/m, `AUTH="Authorization: Bearer ${token}"`)
  const commands = [uploadCommands, findCommands('ask()')]
  const settings = commands.join('\n').match(/^(URL=.*|AUTH=.*|ask\(\) \{[\s\S]*?^\})$/gm) ?? []
  const ids = { MEDIA: '', OPERATION: '', PERSON: '', ASSIGNMENT: '' }

  const run = async (...lines: string[]): Promise<string> =>
    (await promisify(execFile)('sh', ['-euc', lines.join('\n')], { cwd: folder })).stdout

  const send = async (name: string, ...options: string[]): Promise<string> =>
    run(
      Object.entries(ids)
        .map((pair) => pair.join('='))
        .join(' '),
      ...settings,
      ['ask', name, ...options].join(' '),
    )

  const ask = async (name: string) => JSON.parse(await send(name)).data

  return { commands, ids, run, send, ask, close: () => rm(folder, { recursive: true }) }
}

const it = itWithWorker.extend('shell', { scope: 'file' }, async ({ world, files }, { onCleanup }) => {
  const shell = await openShell(world, files)
  onCleanup(() => shell.close())
  return shell
})

describe('every GraphQL document in README.md', () => {
  const documents = blocks.filter(({ language }) => language === 'graphql')

  it.each(documents.map(({ text }) => [text.split('\n')[0], text]))(
    'is valid against the schema: %s',
    (_line, text) => {
      expect(validate(schema, parse(text ?? ''))).toEqual([])
    },
  )
})

describe('the README requests for integrators, run in order', () => {
  it('upload a file with curl', async ({ shell, users: { editor } }) => {
    const output = await shell.run('OPERATION=', ...shell.commands, 'echo "MEDIA=$MEDIA"')
    expect(output).toContain(' 204 ')
    shell.ids.MEDIA = /MEDIA=(.*)/.exec(output)?.[1] ?? ''
    expect(shell.ids.MEDIA).toMatch(/^Media:[0-9a-f-]{36}$/)
    await followToEnd(editor, shell.ids.MEDIA)
  })

  it('link a media to a lesson only once when repeated', async ({ shell }) => {
    const first = await shell.ask('Link')
    expect(first).toEqual({ mediaLink: { id: expect.stringMatching(/^MediaUsage:/), media: { usageCount: 1 } } })
    expect(await shell.ask('Link')).toEqual(first)
  })

  it('show where a media is used', async ({ shell }) => {
    const resource = { type: 'lesson', externalId: '77', title: 'The pendulum', parent: { title: 'Oscillation' } }
    expect(await shell.ask('Where')).toMatchObject({
      media: { usages: { totalCount: 1, nodes: [{ resource }] } },
      resource: { usages: { nodes: [{ media: { id: shell.ids.MEDIA } }] } },
      mediaList: { totalCount: 1, nodes: [{ id: shell.ids.MEDIA }] },
    })
  })

  it('save the media of a lesson', async ({ shell }) => {
    expect(await shell.ask('Save')).toEqual({ resourceMediaSet: { mediaCount: 1 } })
  })

  it('replace the bytes of a media', async ({ files, shell, users: { editor } }) => {
    const { mediaUploadCreate: ticket } = (await shell.ask('Replace')) as {
      mediaUploadCreate: { upload: { mediaId: string }; target: UploadTarget }
    }
    expect(ticket.upload.mediaId).toBe(shell.ids.MEDIA)
    const { sizeBytes } = JSON.parse(requests.find(({ name }) => name === 'Replace')?.variables ?? '').input
    const bytes = padVideo(await readFile(await files.pathOf('silent.mp4')), sizeBytes)
    await sendBytes(ticket.target, bytes, { sizeBytes })
    await followToEnd(editor, shell.ids.MEDIA)
    expect(await readMedia(editor, shell.ids.MEDIA)).toMatchObject({ status: 'READY', sizeBytes })
  })

  it('roll back to the first version', async ({ shell }) => {
    expect(await shell.ask('RollBack')).toMatchObject({ mediaVersionActivate: { currentVersion: { number: 1 } } })
  })

  it('preview the deletion of all media of a course', async ({ shell }) => {
    const { mediaBulkPreview } = await shell.ask('Preview')
    expect(mediaBulkPreview).toMatchObject({
      total: 1,
      allowed: 0,
      refused: [{ code: 'IN_USE', count: 1, sample: [{ id: shell.ids.MEDIA }] }],
    })
  })

  it('tag all media of a course', async ({ shell }) => {
    const { mediaBulkTag } = await shell.ask('TagCourse')
    const summary = 'Add tag "spring term" to 1 media'
    expect(mediaBulkTag).toEqual({ id: expect.stringMatching(/^Operation:/), total: 1, summary })
    shell.ids.OPERATION = mediaBulkTag.id
  })

  it('follow the bulk operation until it has changed every item', async ({ shell, users: { editor } }) => {
    const stream = await shell.send('Progress', '-N', "-H 'Accept: text/event-stream'")
    expect(stream).toContain('"status":"COMPLETED","processed":1,"total":1,"failed":0')
    expect(await readMedia(editor, shell.ids.MEDIA)).toMatchObject({ tags: ['spring term'] })
  })

  it('create a user', async ({ shell }) => {
    const { userUpsert } = await shell.ask('Person')
    expect(userUpsert).toEqual({ id: expect.stringMatching(/^User:/), name: 'Noor' })
    shell.ids.PERSON = userUpsert.id
  })

  it('assign a media to the user', async ({ shell }) => {
    const { assignmentCreate } = await shell.ask('Assign')
    expect(assignmentCreate).toMatchObject({ status: 'CURRENT', previous: null })
    shell.ids.ASSIGNMENT = assignmentCreate.id
  })

  it('undo the assignment', async ({ shell }) => {
    expect(await shell.ask('TakeBack')).toEqual({
      assignmentUndo: { status: 'UNDONE', user: { currentAssignment: null } },
    })
  })

  it('refuse to delete a media that a lesson shows', async ({ shell }) => {
    expect(await shell.ask('Delete')).toMatchObject({
      mediaDelete: { code: 'IN_USE', usageCount: 1, usages: { nodes: [{ resource: { externalId: '77' } }] } },
    })
  })

  it('delete the media after unlinking it', async ({ shell }) => {
    expect(await shell.ask('UnlinkAndDelete')).toEqual({
      mediaUnlink: { usageCount: 0, unusedSince: expect.any(String) },
      mediaDelete: { deletedAt: expect.any(String), purgeAt: expect.any(String) },
    })
  })

  it('restore the media from the trash', async ({ shell }) => {
    expect(await shell.ask('Restore')).toEqual({
      mediaRestore: { media: { id: shell.ids.MEDIA, deletedAt: null, usageCount: 0 }, lost: [] },
    })
  })

  it('remove a course with the same response when repeated', async ({ shell }) => {
    await shell.ask('Link')
    const response = await shell.ask('RemoveCourse')
    expect(response).toEqual({ resourceDelete: { id: expect.stringMatching(/^Resource:/) } })
    expect(await shell.ask('RemoveCourse')).toEqual(response)
  })

  it('leave no usages below a removed course', async ({ shell }) => {
    expect(await shell.ask('Where')).toMatchObject({ media: { usages: { totalCount: 0 } }, resource: null })
  })

  it('are all covered by these tests', () => {
    const testedNames =
      'Link Where Save Replace RollBack Preview TagCourse Progress Person Assign TakeBack Delete UnlinkAndDelete Restore RemoveCourse'
    expect(requests.map(({ name }) => name)).toEqual(testedNames.split(' '))
  })
})
