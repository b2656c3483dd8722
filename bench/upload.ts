import { mkdir, rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../client/client.ts'
import { MediaUploadCreateDocument, UploadDocument } from '../client/generated/documents.ts'
import { atLeast, atMost, type Figure, forTheRecord, median, say, shown, spread } from './figures.ts'
import type { UploadAnswer, UploadQuestion } from './processes/uploadClient.ts'
import { type Helper, openWorld, processorSeconds, residentBytes, type Server, type World } from './world.ts'

export const title = 'upload: 1 GiB over loopback, client in its own process'

const rounds = 5
const mebibyte = 1024 ** 2
const sizeBytes = 1024 * mebibyte
const memoryBytes = 2048 * mebibyte
const warmBytes = mebibyte

interface Setting {
  world: World
  client: Client
  sender: Helper
}

/** One PATCH by tus; the answer comes when the file is synchronised, in place and in the graph. */
const uploadOurs = async ({ world, client, sender }: Setting, size: number): Promise<number> => {
  const input = { fileName: 'lecture.bin', sizeBytes: size }
  const { mediaUploadCreate: ticket } = await client.send(MediaUploadCreateDocument, { input })
  if (ticket.__typename !== 'UploadTicket') throw new Error(`Refused: ${ticket.message}`)
  const { url, headers } = ticket.target
  const question: UploadQuestion = {
    url,
    method: 'PATCH',
    headers: {
      ...Object.fromEntries(headers.map(({ name, value }) => [name, value])),
      'Upload-Offset': '0',
      'Content-Type': 'application/offset+octet-stream',
    },
    sizeBytes: size,
  }
  const { seconds, sha256 } = await sender.ask<UploadAnswer>(question)
  const { upload } = await client.send(UploadDocument, { id: ticket.upload.id })
  if (upload?.status !== 'COMPLETED') throw new Error(`The upload is ${upload?.status}.`)
  const { rows } = await world.database.query('SELECT "sha256" FROM "Media" WHERE id = $1', [
    ticket.upload.mediaId.replace('Media:', ''),
  ])
  if (rows[0]?.sha256 !== sha256) throw new Error('The server computed another SHA-256.')
  await forget(world)
  return seconds
}

/** The disk shall not fill up, nor the page cache differ from round to round. */
const forget = async ({ env }: World): Promise<void> => {
  await rm(`${env.DATA_DIR}/files`, { recursive: true, force: true })
}

const uploadBare = async ({ sender }: Setting, port: number, path: string): Promise<number> => {
  const url = `http://127.0.0.1:${port}/${path}`
  const question: UploadQuestion = { url, method: 'PUT', headers: {}, sizeBytes }
  const { seconds, sha256, answeredSha256 } = await sender.ask<UploadAnswer>(question)
  if (answeredSha256 !== sha256) throw new Error('The bare server computed another SHA-256.')
  return seconds
}

/** How much the process grows, at its highest, while `work` goes on. */
const growth = async ({ pid }: Server, work: () => Promise<unknown>) => {
  const before = await residentBytes(pid)
  if (before === null) return null
  let highest = before
  let done = false
  const watch = async () => {
    while (!done) {
      highest = Math.max(highest, (await residentBytes(pid)) ?? 0)
      await sleep(20)
    }
  }
  const watching = watch()
  await work().finally(() => {
    done = true
  })
  await watching
  return { beforeMib: before / mebibyte, grownMib: (highest - before) / mebibyte }
}

/** What waits for a busy machine costs wall time, but no processor time. */
const clocked = async (pid: number, work: () => Promise<number>) => {
  const before = await processorSeconds(pid)
  const seconds = await work()
  const after = await processorSeconds(pid)
  return { seconds, processor: before !== null && after !== null ? after - before : null }
}

const memory = async (setting: Setting): Promise<Figure> => {
  const server = await setting.world.serveApi()
  // Only the code that any first upload loads: not yet the memory that a large one takes and keeps.
  await uploadOurs(setting, warmBytes)
  await sleep(1000)
  const grown = await growth(server, () => uploadOurs(setting, memoryBytes))
  await server.stop()
  if (grown === null) return forTheRecord('API memory while 2 GiB are uploaded', 'not known on this system')
  return atMost(
    'API memory while 2 GiB are uploaded',
    grown.grownMib,
    64,
    ' MiB',
    ` over ${shown(grown.beforeMib)} MiB`,
  )
}

export const run = async (): Promise<Figure[]> => {
  await using world = await openWorld()
  await mkdir(world.env.DATA_DIR ?? '', { recursive: true })
  const bare = await world.helper('bareUpload')
  const { port } = await bare.ask<{ port: number }>({})
  const setting = { world, client: await world.client(), sender: await world.helper('uploadClient') }
  const memoryFigure = await memory(setting)

  const server = await world.serveApi()
  await uploadOurs(setting, warmBytes)
  const processor: number[] = []
  const results: Record<'ours' | 'synchronised' | 'cached', number>[] = []
  for (let round = 0; round < rounds; round++) {
    const bareRun = await clocked(bare.pid, () => uploadBare(setting, port, 'synchronised'))
    const ownRun = await clocked(server.pid, () => uploadOurs(setting, sizeBytes))
    if (ownRun.processor && bareRun.processor) processor.push(ownRun.processor / bareRun.processor)
    const result = {
      synchronised: bareRun.seconds,
      ours: ownRun.seconds,
      cached: await uploadBare(setting, port, 'cached'),
    }
    const { ours, synchronised, cached } = result
    say(`round ${round + 1}: ${shown(ours)} s; bare ${shown(synchronised)} s with fsync, ${shown(cached)} s without`)
    results.push(result)
  }
  const ratio = (whose: 'synchronised' | 'cached') => results.map((result) => result[whose] / result.ours)
  const rate = (whose: 'ours' | 'synchronised' | 'cached') =>
    `${shown(sizeBytes / mebibyte / median(results.map((result) => result[whose])))} MiB/s`
  return [
    atLeast(
      'speed, to a bare server that ends with fsync, as we do',
      median(ratio('synchronised')),
      0.6,
      '',
      of(ratio('synchronised')),
    ),
    atLeast('speed, to one without fsync', median(ratio('cached')), 0.6, '', of(ratio('cached'))),
    forTheRecord(
      '  ours, bare with fsync, bare without',
      `${rate('ours')}, ${rate('synchronised')}, ${rate('cached')}`,
    ),
    forTheRecord(
      '  processor time, to that of the bare server',
      processor.length > 0
        ? `${shown(median(processor))} (median of ${spread(processor)})`
        : 'not known on this system',
    ),
    memoryFigure,
  ]
}

const of = (values: number[]): string => ` (median of ${spread(values)})`
