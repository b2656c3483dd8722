import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { createSigner } from '../../../src/adapters/signer.ts'
import { createDiskStorage } from '../../../src/adapters/storage/disk.ts'
import { createFilesHandler } from '../../../src/server/files.ts'
import type { DeliveryRequest } from '../../../src/services/kernel/ports.ts'
import type { ServedFile } from '../../../src/services/storage/findFile.ts'
import { createSignedUrls } from '../../../src/services/storage/signedUrls.ts'
import { createLogSpy } from '../../harness/logSpy.ts'

/** Content of the one stored file. */
export const bytes = randomBytes(200_000)
const sha256 = createHash('sha256').update(bytes).digest('hex')
export const etag = `"${sha256}"`
/** The one listed origin. */
export const site = 'https://app.example.com'
/** Id of the version whose file is stored. */
export const id = '01890000-0000-7000-8000-000000000001'

interface Reply {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

/** File handler on its own HTTP server, over a storage that contains one file. */
export const openFilesWorld = async () => {
  // Hidden, like the default data directory.
  const directory = join(await mkdtemp(join(tmpdir(), 'files-')), '.data')
  const storage = createDiskStorage({ root: directory })
  await writeFile(`${directory}.source`, bytes)
  await storage.putFile(`blobs/${sha256}`, `${directory}.source`)
  const clock = { time: new Date('2026-01-01T00:00:00Z'), now: () => clock.time }
  const { log, errorFields } = createLogSpy()
  const requests: DeliveryRequest[] = []
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // as: a TCP server has no other address
  const origin = `http://127.0.0.1:${port}`
  const signer = createSigner({ keys: [{ id: 'k1', secret: 's'.repeat(32) }] })
  const signedUrls = createSignedUrls({ signer, clock, publicUrl: origin })
  const signUrl = () => signedUrls.url({ type: 'version', id, fileName: 'lecture.mp4' })

  const initialFile: ServedFile = {
    key: `blobs/${sha256}`,
    sizeBytes: bytes.length,
    sha256,
    fault: null,
    storedAt: new Date(0),
    mimeType: 'video/mp4',
    fileName: 'lecture.mp4',
  }
  let storedFile: ServedFile | null = initialFile
  let redirectUrl: string | null = null
  const reportedFaults: string[] = []
  const handler = createFilesHandler({
    signedUrls,
    findFile: async () => storedFile,
    storage: {
      ...storage,
      deliver: async (key, request) => {
        requests.push(request)
        return redirectUrl === null ? storage.deliver(key, request) : { type: 'redirect', url: redirectUrl }
      },
    },
    reportFault: async ({ sha256 }, fault) => void reportedFaults.push(`${fault} ${sha256}`),
    clock,
    corsOrigins: [site],
    log,
  })
  server.on('request', (req, res) => void handler(req, res))

  const call = async (method: string, url: string, headers: OutgoingHttpHeaders = {}): Promise<Reply> => {
    const req = request(url, { method, headers }).end()
    const [res] = await once(req, 'response')
    return { status: res.statusCode, headers: res.headers, body: await buffer(res) }
  }

  return {
    origin,
    errorFields,
    /** Reported faults, in order: the fault and the digest. */
    reportedFaults,
    /** Changes the stored bytes of the file; null removes them. */
    async changeBytes(newBytes: Buffer | null) {
      await rm(join(directory, initialFile.key))
      if (newBytes !== null) await writeFile(join(directory, initialFile.key), newBytes)
    },
    /** Requests for deliveries that the storage got. */
    requests,
    call,
    signUrl,
    get: (headers: OutgoingHttpHeaders = {}) => call('GET', signUrl(), headers),
    wait(seconds: number) {
      clock.time = new Date(clock.time.getTime() + seconds * 1000)
    },
    /** Changes what is known of the file. */
    changeFile(change: Partial<ServedFile>) {
      storedFile = { ...initialFile, ...change }
    },
    removeFile() {
      storedFile = null
    },
    /** Makes the storage redirect deliveries, as a bucket does. */
    redirectTo(url: string) {
      redirectUrl = url
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await rm(join(directory, '..'), { recursive: true })
    },
  }
}

export type FilesWorld = Awaited<ReturnType<typeof openFilesWorld>>
