import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { type Client, sendBytes } from '../../../client/client.ts'
import { MediaRetryDocument } from '../../../client/generated/documents.ts'
import { readActions } from '../../harness/actions.ts'
import { unknownId } from '../../harness/ids.ts'
import { trashMedia } from '../../harness/seed.ts'
import { createTicket } from '../../harness/tickets.ts'
import type { World } from '../../harness/world.ts'
import { activate, currentNumberDocument, fetchBody, readVersions, sha256Of } from './calls.ts'
import { createBytes, type Library } from './library.ts'
import { it } from './libraryIt.ts'
import { expectations, type Model, type Step, stepArbitrary } from './model.ts'

describe('a replacement', () => {
  it('does not become current before its activation if it is staged', async ({
    users: { editor, viewer },
    library,
  }) => {
    const mediaId = await library.publish()
    await library.replace(mediaId, createBytes(), { stage: true })
    expect((await activate(editor, mediaId, 2)).__typename).toBe('StateConflictError')
    await library.pass(mediaId, 2)
    expect((await readVersions(viewer, mediaId)).currentVersion.number).toBe(1)
    expect(await activate(editor, mediaId, 2)).toMatchObject({ __typename: 'Media', currentVersion: { number: 2 } })
  })

  it('does not become current after a newer version did, even if version 1 was activated since', async ({
    users: { editor, viewer },
    library,
  }) => {
    const mediaId = await library.publish()
    await library.replace(mediaId)
    await library.replace(mediaId)
    await library.pass(mediaId, 3)
    expect((await readVersions(viewer, mediaId)).currentVersion.number).toBe(3)
    await activate(editor, mediaId, 1)
    await library.pass(mediaId, 2)
    expect((await readVersions(viewer, mediaId)).currentVersion.number).toBe(1)
  })

  it('becomes current if it is the newest, even after version 1 was activated', async ({
    users: { editor, viewer },
    library,
  }) => {
    const mediaId = await library.publish()
    await library.replace(mediaId)
    await library.replace(mediaId)
    await library.pass(mediaId, 3)
    await activate(editor, mediaId, 1)
    await library.pass(mediaId, 2)
    await library.replace(mediaId)
    await library.pass(mediaId, 4)
    expect((await readVersions(viewer, mediaId)).currentVersion.number).toBe(4)
  })

  it('loses to the newest of several concurrent replacements, whose numbers have no gaps', async ({
    users: { viewer },
    library,
  }) => {
    const mediaId = await library.publish()
    await Promise.all(Array.from({ length: 5 }, () => library.replace(mediaId)))
    await Promise.all([2, 3, 4, 5, 6].map((number) => library.pass(mediaId, number)))
    const { versions, currentVersion, sha256 } = await readVersions(viewer, mediaId)
    expect(versions.nodes.map(({ number }) => number)).toEqual([6, 5, 4, 3, 2, 1])
    expect(currentVersion).toMatchObject({ number: 6, sha256 })
  })
})

describe('mediaVersionActivate', () => {
  const countActivations = async (world: World, mediaId: string): Promise<number> =>
    (await readActions(world, mediaId)).filter((action) => action === 'media.activated').length

  it('refuses viewers', async ({ users: { viewer }, library }) => {
    expect((await activate(viewer, await library.publishReplaced(), 1)).__typename).toBe('ForbiddenError')
  })

  it('refuses editors who do not own the media', async ({ users: { otherEditor: other }, library }) => {
    expect((await activate(other, await library.publishReplaced(), 1)).__typename).toBe('ForbiddenError')
  })

  it('refuses a media that does not exist', async ({ users: { editor } }) => {
    expect((await activate(editor, unknownId('Media'), 1)).__typename).toBe('NotFoundError')
  })

  it('refuses a malformed media id', async ({ users: { editor } }) => {
    expect((await activate(editor, 'Media:1', 1)).__typename).toBe('InvalidInputError')
  })

  it('accepts the owner of the media', async ({ world, users: { editor }, library }) => {
    const mediaId = await library.publishReplaced()
    expect((await activate(editor, mediaId, 1)).__typename).toBe('Media')
    expect(await countActivations(world, mediaId)).toBe(1)
  })

  it('accepts admins', async ({ world, users: { admin, editor }, library }) => {
    const mediaId = await library.publishReplaced()
    await activate(editor, mediaId, 1)
    expect((await activate(admin, mediaId, 2)).__typename).toBe('Media')
    expect(await countActivations(world, mediaId)).toBe(2)
  })

  it('records no event for the version that is already current', async ({ world, users: { editor }, library }) => {
    const mediaId = await library.publishReplaced()
    await activate(editor, mediaId, 1)
    expect((await activate(editor, mediaId, 1)).__typename).toBe('Media')
    expect(await countActivations(world, mediaId)).toBe(1)
  })

  it.for([0, -1, 3, 2 ** 31 - 1])(
    'refuses the number %i, which no version has',
    async (number, { users: { editor }, library }) => {
      const mediaId = await library.publish()
      expect((await activate(editor, mediaId, number)).__typename).toBe('NotFoundError')
    },
  )

  it('refuses a failed version with the reason of its failure', async ({ users: { editor }, library }) => {
    const mediaId = await library.publish()
    await library.replace(mediaId)
    await library.reject(mediaId, 2)
    const result = await activate(editor, mediaId, 2)
    expect(result).toMatchObject({
      __typename: 'StateConflictError',
      message: expect.stringContaining('end is missing'),
    })
  })

  it('refuses a media in the trash', async ({ world, users: { editor }, library }) => {
    const mediaId = await library.publish()
    await trashMedia(world, mediaId)
    expect((await activate(editor, mediaId, 1)).__typename).toBe('NotFoundError')
  })

  it('is delivered to live subscriptions, which stay open for a replacement in transfer', async ({
    users: { editor, viewer },
    library,
  }) => {
    const mediaId = await library.publish()
    await library.replace(mediaId, createBytes(), { stage: true })
    await library.pass(mediaId, 2)
    const ticket = await createTicket(editor, { replaces: mediaId })
    const events = viewer.follow(currentNumberDocument, { ids: [mediaId] })
    const next = async () => (await events.next()).value?.mediaProgress
    expect(await next()).toEqual({ status: 'READY', currentVersion: { number: 1 } })
    await activate(editor, mediaId, 2)
    expect(await next()).toEqual({ status: 'READY', currentVersion: { number: 2 } })
    await sendBytes(ticket.target, Buffer.from('bytes'), { sizeBytes: 5 })
    expect(await next()).toEqual({ status: 'READY', currentVersion: { number: 2 } })
    await library.pass(mediaId, 3)
    const receivedNumbers: number[] = []
    for await (const { mediaProgress } of events) {
      expect(mediaProgress.status).toBe('READY')
      receivedNumbers.push(mediaProgress.currentVersion.number)
    }
    expect(receivedNumbers.at(-1)).toBe(3)
  })
})

describe('a media under any sequence of replacements and activations', () => {
  const apply = async (editor: Client, library: Library, mediaId: string, model: Model, next: Step): Promise<void> => {
    if (next.type === 'replace') {
      const bytes = createBytes()
      model.versions.push({ text: bytes.toString(), staged: next.stage, status: 'PROCESSING' })
      await library.replace(mediaId, bytes, { stage: next.stage })
    } else if (next.type === 'activate') {
      const expected = expectations.activate(model, next.number)
      expect((await activate(editor, mediaId, next.number)).__typename).toBe(expected)
    } else if (next.type === 'retry') {
      const expected = expectations.retry(model)
      const { mediaRetry } = await editor.send(MediaRetryDocument, { id: mediaId })
      expect(mediaRetry.__typename).toBe(expected)
    } else if (next.number <= model.versions.length) {
      expectations[next.type](model, next.number)
      await library[next.type](mediaId, next.number)
    }
  }

  it('matches the model in its version numbers, its current version and the bytes behind its URLs', async ({
    users: { editor, viewer },
    library,
  }) => {
    await fc.assert(
      fc.asyncProperty(fc.array(stepArbitrary, { minLength: 10, maxLength: 16 }), async (steps) => {
        const bytes = createBytes()
        const mediaId = await library.publish(bytes)
        const model: Model = { current: 1, versions: [{ text: bytes.toString(), staged: false, status: 'READY' }] }
        const urls = new Map<string, string>()
        for (const next of steps) {
          await apply(editor, library, mediaId, model, next)
          const media = await readVersions(viewer, mediaId)
          const versions = media.versions.nodes.toReversed()
          expect(versions.map(({ number, status }) => [number, status])).toEqual(
            model.versions.map(({ status }, index) => [index + 1, status]),
          )
          expect(versions.filter(({ isCurrent }) => isCurrent).map(({ number }) => number)).toEqual([model.current])
          const currentText = model.versions[model.current - 1]?.text ?? ''
          expect(media).toMatchObject({ status: 'READY', sha256: sha256Of(currentText), sizeBytes: currentText.length })
          urls.set(media.url, currentText)
          versions.forEach(({ url }, index) => void urls.set(url, model.versions[index]?.text ?? ''))
        }
        for (const [url, text] of urls) expect(await fetchBody(url)).toBe(text)
      }),
      { numRuns: 25 },
    )
  })
})
