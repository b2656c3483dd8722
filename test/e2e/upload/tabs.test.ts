import { createHash, randomBytes } from 'node:crypto'
import { Upload, type UploadOptions } from 'tus-js-client'
import { describe, expect } from 'vitest'
import type { UploadTarget } from '../../../client/client.ts'
import { MediaListDocument } from '../../../client/generated/documents.ts'
import { it } from '../../harness/it.ts'
import { createTicket } from '../../harness/tickets.ts'
import { readMedia } from '../../harness/world.ts'

type UrlStorage = NonNullable<UploadOptions['urlStorage']>
type StoredUpload = Awaited<ReturnType<UrlStorage['findAllUploads']>>[number]

const chunkSize = 100_000
const sizeBytes = 10 * chunkSize

/** Storage of unfinished uploads, as the local storage of a browser. */
const createUrlStorage = (): UrlStorage => {
  const entries = new Map<string, string>()
  const findByPrefix = async (prefix: string): Promise<StoredUpload[]> =>
    [...entries].filter(([key]) => key.startsWith(prefix)).map(([, text]) => JSON.parse(text))
  return {
    findAllUploads: () => findByPrefix(''),
    findUploadsByFingerprint: (fingerprint) => findByPrefix(`${fingerprint}::`),
    removeUpload: async (key) => void entries.delete(key),
    async addUpload(fingerprint, upload) {
      const urlStorageKey = `${fingerprint}::${entries.size}`
      entries.set(urlStorageKey, JSON.stringify({ ...upload, urlStorageKey }))
      return urlStorageKey
    },
  }
}

/** The page of a tab: a client with the options of README.md. `start` resolves once the upload has ended well. */
const openTab = (bytes: Buffer, target: UploadTarget, options: UploadOptions) => {
  const headers = Object.fromEntries(target.headers.map(({ name, value }) => [name, value]))
  const { 'Tus-Resumable': _version, ...uploadHeaders } = headers
  const end = Promise.withResolvers<void>()
  const { resolve: onSuccess, reject: onError } = end
  const handlers = { onSuccess: () => onSuccess(), onError }
  const upload = new Upload(bytes, { headers: uploadHeaders, chunkSize, ...handlers, ...options })
  const start = (): Promise<void> => {
    upload.start()
    return end.promise
  }
  return { upload, start }
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

describe('tus-js-client', () => {
  it('ends well in two tabs that send one ticket', async ({ users: { editor } }) => {
    const bytes = randomBytes(sizeBytes)
    const { target, upload } = await createTicket(editor, { fileName: 'tabs.bin', sizeBytes })
    const tabs = [1, 2].map(() => openTab(bytes, target, { uploadUrl: target.url, urlStorage: createUrlStorage() }))
    await Promise.all(tabs.map((tab) => tab.start()))
    expect(await readMedia(editor, upload.mediaId)).toMatchObject({ sizeBytes, sha256: sha256(bytes) })
    const { mediaList } = await editor.send(MediaListDocument, { filter: { search: 'tabs.bin' } })
    expect(mediaList.totalCount).toBe(1)
  })

  it('continues after a reload at the offset of the server', async ({ users: { editor } }) => {
    const bytes = randomBytes(sizeBytes)
    const { target, upload } = await createTicket(editor, { sizeBytes })
    const urlStorage = createUrlStorage()
    const reload = Promise.withResolvers<void>()
    const first = openTab(bytes, target, {
      uploadUrl: target.url,
      urlStorage,
      onChunkComplete: (_chunkBytes, acceptedBytes) => {
        if (acceptedBytes < 3 * chunkSize) return
        void first.upload.abort()
        reload.resolve()
      },
    })
    void first.start()
    await reload.promise

    const acceptedBytes: number[] = []
    const second = openTab(bytes, target, { urlStorage, onChunkComplete: (size) => void acceptedBytes.push(size) })
    const [previous] = await second.upload.findPreviousUploads()
    if (previous === undefined) throw new Error('The tab has no previous upload.')
    second.upload.resumeFromPreviousUpload(previous)
    await second.start()
    expect(acceptedBytes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(7 * chunkSize)
    expect(await readMedia(editor, upload.mediaId)).toMatchObject({ sizeBytes, sha256: sha256(bytes) })
  })
})
