import { randomBytes } from 'node:crypto'
import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page, Request } from 'playwright-core'
import { expect } from 'vitest'
import { temporaryDirectory } from '../../harness/temporaryDirectory.ts'
import type { World } from '../../harness/world.ts'

export interface ChosenFile {
  name: string
  mimeType: string
  buffer: Buffer
}

/** A file of bytes that no other file has. The server keeps it as OTHER. */
export const makeFile = (name: string, sizeBytes: number): ChosenFile => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: randomBytes(sizeBytes),
})

/** Chooses files by a button that opens the browser's dialog for files. */
export const chooseBy = async (page: Page, button: string, files: ChosenFile[] | string | string[]): Promise<void> => {
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: button, exact: true }).click(),
  ])
  await chooser.setFiles(files)
}

/** Chooses files by the library's button and opens the dialog. */
export const openUploadDialog = async (page: Page, files: ChosenFile[] | string | string[]) => {
  await chooseBy(page, 'Upload', files)
  const dialog = page.getByRole('dialog', { name: 'Upload files' })
  await dialog.waitFor()
  return dialog
}

/** Requests of uploads that a page sends from now on: their methods, with the bytes of each PATCH. */
export const countUploadRequests = (page: Page) => {
  const requests: Request[] = []
  const operations: string[] = []
  page.on('request', (request) => {
    if (new URL(request.url()).pathname.startsWith('/uploads/')) requests.push(request)
    const operation = /^\s*(?:query|mutation) (\w+)/.exec(request.postDataJSON()?.query ?? '')?.[1]
    if (request.url().endsWith('/graphql') && operation !== undefined) operations.push(operation)
  })
  return {
    operations,
    methods: (): string[] => requests.map((request) => request.method()),
    /** Offsets at which the page began to send bytes. */
    offsets: (): number[] =>
      requests
        .filter((request) => request.method() === 'PATCH')
        .map((request) => Number(request.headers()['upload-offset'])),
    /** Sum of the lengths that the PATCH requests announce. */
    patchBytes: async (): Promise<number> => {
      const patches = requests.filter((request) => request.method() === 'PATCH')
      const lengths = await Promise.all(
        patches.map(async (request) => Number((await request.allHeaders())['content-length'])),
      )
      return lengths.reduce((sum, length) => sum + length, 0)
    },
  }
}

/** Controls the network of a page, so that a test can act in the middle of an upload. */
export const openNetwork = async (page: Page) => {
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  return (conditions: { isOffline?: boolean; bytesPerSecond?: number }) =>
    session.send('Network.emulateNetworkConditions', {
      ...{ offline: conditions.isOffline ?? false, latency: 0, downloadThroughput: -1 },
      uploadThroughput: conditions.bytesPerSecond ?? -1,
    })
}

/** Writes a file of bytes that no other file has into an empty directory. Returns its path. */
export const writeRandomFile = async (name: string, sizeBytes: number): Promise<string> => {
  const path = join(await temporaryDirectory(), name)
  await writeFile(path, randomBytes(sizeBytes))
  return path
}

/** Writes a file of zeros, whatever its size, at once. Returns its path. */
export const writeZeros = async (name: string, sizeBytes: number): Promise<string> => {
  const path = join(await temporaryDirectory(), name)
  await writeFile(path, '')
  await truncate(path, sizeBytes)
  return path
}

/** Waits until the server has received some bytes of a file. */
export const waitForBytes = (world: World, fileName: string, minBytes: number): Promise<void> =>
  expect
    .poll(
      async () => {
        const upload = await world.runtime.ports.database.upload.findFirst({ where: { fileName } })
        return Number(upload?.receivedBytes ?? 0)
      },
      { timeout: 20_000 },
    )
    .toBeGreaterThan(minBytes)
