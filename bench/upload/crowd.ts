import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from '../../client/client.ts'
import { MediaUploadCreateDocument } from '../../client/generated/documents.ts'
import { blobKey } from '../../src/services/storage/blobs.ts'
import { atLeast, type Figure, formatNumber, formatValues, informational, logProgress, median } from '../figures.ts'
import type { UploadCrowdReply, UploadCrowdRequest, UploadRequest } from '../processes/uploadClient.ts'
import { type Helper, readCpuSeconds, type Server, type World } from '../world.ts'

const rounds = 5
const count = 200
const sizeBytes = 5 * 1024 ** 2

export interface CrowdContext {
  world: World
  client: Client
  sender: Helper
  server: Server
  bare: Server & { port: number }
}

const createRequest = async (client: Client): Promise<UploadRequest> => {
  const { mediaUploadCreate: ticket } = await client.send(MediaUploadCreateDocument, {
    input: { fileName: 'lecture.bin', sizeBytes },
  })
  if (ticket.__typename !== 'UploadTicket') throw new Error(`The upload was refused: ${ticket.message}`)
  const { url, headers } = ticket.target
  const tusHeaders = { 'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream' }
  const ticketHeaders = Object.fromEntries(headers.map(({ name, value }) => [name, value]))
  return { url, method: 'PATCH', headers: { ...ticketHeaders, ...tusHeaders }, sizeBytes }
}

/** Refuses a round in which an answered upload is not a media with the bytes that were sent. */
const checkStored = async ({ world }: CrowdContext, sha256s: string[]): Promise<void> => {
  const { rows } = await world.database.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM "Media" m JOIN "Upload" u ON u."mediaId" = m.id
     WHERE u.status = 'COMPLETED' AND m.sha256 = ANY($1)`,
    [sha256s],
  )
  if (rows[0]?.count !== count) throw new Error(`Only ${rows[0]?.count} of ${count} uploads became media.`)
}

const sendAll = (sender: Helper, crowd: UploadRequest[]): Promise<UploadCrowdReply> =>
  sender.call<UploadCrowdReply>({ crowd } satisfies UploadCrowdRequest)

const uploadOurs = async (context: CrowdContext): Promise<number> => {
  const crowd = await Promise.all(Array.from({ length: count }, () => createRequest(context.client)))
  const { seconds, replies } = await sendAll(context.sender, crowd)
  const sha256s = replies.map(({ sha256 }) => sha256)
  await checkStored(context, sha256s)
  const folder = join(context.world.env.DATA_DIR ?? '', 'files')
  for (const sha256 of sha256s) await rm(join(folder, blobKey(sha256)))
  return seconds
}

const uploadBare = async ({ sender, bare }: CrowdContext, path: string): Promise<number> => {
  const request: UploadRequest = { url: `http://127.0.0.1:${bare.port}/${path}`, method: 'PUT', headers: {}, sizeBytes }
  const { seconds, replies } = await sendAll(
    sender,
    Array.from({ length: count }, () => request),
  )
  if (replies.some(({ sha256, answeredSha256 }) => sha256 !== answeredSha256))
    throw new Error('The bare server computed another SHA-256.')
  return seconds
}

const measureCpu = async ({ pid }: Server, work: () => Promise<number>) => {
  const initialSeconds = await readCpuSeconds(pid)
  const seconds = await work()
  const finalSeconds = await readCpuSeconds(pid)
  const cpuSeconds = initialSeconds !== null && finalSeconds !== null ? finalSeconds - initialSeconds : Number.NaN
  return { seconds, cpuMs: (cpuSeconds / count) * 1000 }
}

/** Sends many uploads at once, to the server and to a bare one in turn. Their tickets exist already. */
export const measureCrowd = async (context: CrowdContext): Promise<Figure[]> => {
  const results: Record<'ours' | 'synchronised' | 'named', { seconds: number; cpuMs: number }>[] = []
  for (let round = 0; round <= rounds; round++) {
    const synchronised = await measureCpu(context.bare, () => uploadBare(context, 'synchronised'))
    const ours = await measureCpu(context.server, () => uploadOurs(context))
    const named = await measureCpu(context.bare, () => uploadBare(context, 'named'))
    const values = [ours, synchronised, named].map(({ seconds }) => seconds)
    logProgress(`crowd ${round}: ours, bare, bare with its name synchronised: ${formatValues(values)} s`)
    if (round > 0) results.push({ ours, synchronised, named }) // the first round warms both servers up
  }
  const ratios = (variant: 'synchronised' | 'named') =>
    results.map((result) => result[variant].seconds / result.ours.seconds)
  const cpuMs = (variant: 'ours' | 'synchronised' | 'named') =>
    formatNumber(median(results.map((result) => result[variant].cpuMs)))
  const noteOf = (values: number[]) => ` (median of ${formatValues(values)})`
  return [
    atLeast(
      `${count} uploads of 5 MB at once, to a bare server that ends with fsync`,
      median(ratios('synchronised')),
      0.6,
      '',
      noteOf(ratios('synchronised')),
    ),
    informational(
      '  to one that also synchronises the name of the file, as we do',
      `${formatNumber(median(ratios('named')))}${noteOf(ratios('named'))}`,
    ),
    informational(
      '  processor time per upload: ours, both bare servers',
      `${cpuMs('ours')}, ${cpuMs('synchronised')}, ${cpuMs('named')} ms`,
    ),
  ]
}
