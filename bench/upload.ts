import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../client/client.ts'
import { MediaUploadCreateDocument, UploadDocument } from '../client/generated/documents.ts'
import { blobKey } from '../src/services/storage/blobs.ts'
import {
  atLeast,
  atMost,
  type Figure,
  formatNumber,
  formatValues,
  informational,
  logProgress,
  median,
} from './figures.ts'
import type { UploadReply, UploadRequest } from './processes/uploadClient.ts'
import { measureCrowd } from './upload/crowd.ts'
import { type Helper, openWorld, readCpuSeconds, readResidentBytes, type Server, type World } from './world.ts'

export const title = 'upload: 1 GiB, and 200 × 5 MB at once, over loopback, client in its own process'

const rounds = 5
const mebibyte = 1024 ** 2
const sizeBytes = 1024 * mebibyte
const memoryBytes = 2048 * mebibyte
const warmUpBytes = mebibyte

interface Context {
  world: World
  client: Client
  sender: Helper
}

/** Sends one PATCH by tus, which is answered once the file is synchronised, in the storage and in the graph. */
const uploadOurs = async ({ world, client, sender }: Context, size: number): Promise<number> => {
  const input = { fileName: 'lecture.bin', sizeBytes: size }
  const { mediaUploadCreate: ticket } = await client.send(MediaUploadCreateDocument, { input })
  if (ticket.__typename !== 'UploadTicket') throw new Error(`The upload was refused: ${ticket.message}`)
  const { url, headers } = ticket.target
  const request: UploadRequest = {
    url,
    method: 'PATCH',
    headers: {
      ...Object.fromEntries(headers.map(({ name, value }) => [name, value])),
      'Upload-Offset': '0',
      'Content-Type': 'application/offset+octet-stream',
    },
    sizeBytes: size,
  }
  const { seconds, sha256 } = await sender.call<UploadReply>(request)
  const { upload } = await client.send(UploadDocument, { id: ticket.upload.id })
  if (upload?.status !== 'COMPLETED') throw new Error(`The upload is ${upload?.status}.`)
  const { rows } = await world.database.query('SELECT "sha256" FROM "Media" WHERE id = $1', [
    ticket.upload.mediaId.replace('Media:', ''),
  ])
  if (rows[0]?.sha256 !== sha256) throw new Error('The server computed another SHA-256.')
  await removeBlob(world, sha256)
  return seconds
}

/**
 * Keeps the disk from filling up and the page cache alike in all rounds. Removes nothing else: the server writes
 * checkpoints of the log into the same storage at any time.
 */
const removeBlob = ({ env }: World, sha256: string): Promise<void> =>
  rm(join(env.DATA_DIR ?? '', 'files', blobKey(sha256)))

const uploadBare = async ({ sender }: Context, port: number, path: string): Promise<number> => {
  const url = `http://127.0.0.1:${port}/${path}`
  const request: UploadRequest = { url, method: 'PUT', headers: {}, sizeBytes }
  const { seconds, sha256, answeredSha256 } = await sender.call<UploadReply>(request)
  if (answeredSha256 !== sha256) throw new Error('The bare server computed another SHA-256.')
  return seconds
}

/** Measures by how much the resident memory of a process grows at most during `work`; null if it cannot be read. */
const measureGrowth = async ({ pid }: Server, work: () => Promise<unknown>) => {
  const initialBytes = await readResidentBytes(pid)
  if (initialBytes === null) return null
  let peakBytes = initialBytes
  let isDone = false
  const sampleMemory = async () => {
    while (!isDone) {
      peakBytes = Math.max(peakBytes, (await readResidentBytes(pid)) ?? 0)
      await sleep(20)
    }
  }
  const sampling = sampleMemory()
  await work().finally(() => {
    isDone = true
  })
  await sampling
  return { initialMib: initialBytes / mebibyte, growthMib: (peakBytes - initialBytes) / mebibyte }
}

/** Measures wall time and processor time: waiting for a busy machine costs only wall time. */
const measureCpu = async (pid: number, work: () => Promise<number>) => {
  const initialSeconds = await readCpuSeconds(pid)
  const seconds = await work()
  const after = await readCpuSeconds(pid)
  return { seconds, processor: initialSeconds !== null && after !== null ? after - initialSeconds : null }
}

const measureMemory = async (context: Context): Promise<Figure> => {
  const server = await context.world.serveApi()
  // A small upload loads the code of uploads, without the memory that a large one takes and keeps.
  await uploadOurs(context, warmUpBytes)
  await sleep(1000)
  const memoryGrowth = await measureGrowth(server, () => uploadOurs(context, memoryBytes))
  await server.stop()
  if (memoryGrowth === null) return informational('API memory while 2 GiB are uploaded', 'unknown on this system')
  return atMost(
    'API memory while 2 GiB are uploaded',
    memoryGrowth.growthMib,
    64,
    ' MiB',
    ` over ${formatNumber(memoryGrowth.initialMib)} MiB`,
  )
}

export const run = async (): Promise<Figure[]> => {
  await using world = await openWorld()
  await mkdir(world.env.DATA_DIR ?? '', { recursive: true })
  const bare = await world.forkHelper('bareUpload')
  const { port } = await bare.call<{ port: number }>({})
  const context = { world, client: await world.client(), sender: await world.forkHelper('uploadClient') }
  const memoryFigure = await measureMemory(context)

  const server = await world.serveApi()
  await uploadOurs(context, warmUpBytes)
  const processor: number[] = []
  const results: Record<'ours' | 'synchronised' | 'cached', number>[] = []
  for (let round = 0; round < rounds; round++) {
    const bareRun = await measureCpu(bare.pid, () => uploadBare(context, port, 'synchronised'))
    const ownRun = await measureCpu(server.pid, () => uploadOurs(context, sizeBytes))
    if (ownRun.processor && bareRun.processor) processor.push(ownRun.processor / bareRun.processor)
    const result = {
      synchronised: bareRun.seconds,
      ours: ownRun.seconds,
      cached: await uploadBare(context, port, 'cached'),
    }
    const { ours, synchronised, cached } = result
    logProgress(
      `round ${round + 1}: ${formatNumber(ours)} s; bare ${formatNumber(synchronised)} s with fsync, ${formatNumber(cached)} s without`,
    )
    results.push(result)
  }
  const crowdFigures = await measureCrowd({ ...context, server, bare: { ...bare, port } })
  const ratio = (variant: 'synchronised' | 'cached') => results.map((result) => result[variant] / result.ours)
  const rate = (variant: 'ours' | 'synchronised' | 'cached') =>
    `${formatNumber(sizeBytes / mebibyte / median(results.map((result) => result[variant])))} MiB/s`
  return [
    atLeast(
      'speed, to a bare server that ends with fsync, as we do',
      median(ratio('synchronised')),
      0.6,
      '',
      formatMedian(ratio('synchronised')),
    ),
    atLeast('speed, to one without fsync', median(ratio('cached')), 0.6, '', formatMedian(ratio('cached'))),
    informational(
      '  ours, bare with fsync, bare without',
      `${rate('ours')}, ${rate('synchronised')}, ${rate('cached')}`,
    ),
    informational(
      '  processor time, to that of the bare server',
      processor.length > 0
        ? `${formatNumber(median(processor))} (median of ${formatValues(processor)})`
        : 'unknown on this system',
    ),
    ...crowdFigures,
    memoryFigure,
  ]
}

const formatMedian = (values: number[]): string => ` (median of ${formatValues(values)})`
