import { createHash, randomBytes, randomInt } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { type ClientRequest, request } from 'node:http'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, createClient } from '../../client/client.ts'
import { MediaUploadCreateDocument } from '../../client/generated/documents.ts'
import { freePort } from '../../test/harness/port.ts'
import { startProcess, type TestProcess } from '../../test/harness/processes.ts'
import { startRedis } from '../../test/harness/redis.ts'
import { atLeast, atMost, type Figure, logProgress } from '../figures.ts'
import { openWorld } from '../world.ts'

export const title = 'uploads: two API servers share a data folder; one holds requests, is frozen or is killed'

const heldRounds = 8
const frozenRounds = 3
const killedRounds = 8
const sizeBytes = 4 * 1024 * 1024

interface ApiServer {
  origin: string
  process: TestProcess
}

/** An upload as a client that knows its target sees it. */
interface Ticket {
  path: string
  headers: Record<string, string>
}

const createTicket = async (client: Client): Promise<Ticket> => {
  const input = { fileName: 'lecture.bin', sizeBytes, allowDuplicate: true }
  const { mediaUploadCreate: ticket } = await client.send(MediaUploadCreateDocument, { input })
  if (ticket.__typename !== 'UploadTicket') throw new Error(`The upload was refused: ${ticket.message}`)
  const headers = Object.fromEntries(ticket.target.headers.map(({ name, value }) => [name, value]))
  return { path: new URL(ticket.target.url).pathname, headers }
}

const openPatch = (server: ApiServer, { path, headers }: Ticket, offset: number, length: number): ClientRequest => {
  const req = request(`${server.origin}${path}`, { method: 'PATCH', headers })
  req.setHeader('Content-Type', 'application/offset+octet-stream')
  req.setHeader('Upload-Offset', offset)
  req.setHeader('Content-Length', length)
  req.flushHeaders()
  return req
}

/** Resolves to the status; 0 if the connection fails. */
const answerOf = (req: ClientRequest): Promise<{ status: number; offset: number }> =>
  new Promise((resolve) => {
    req.on('error', () => resolve({ status: 0, offset: 0 }))
    req.on('response', (res) => {
      res.resume()
      resolve({ status: res.statusCode ?? 0, offset: Number(res.headers['upload-offset'] ?? 0) })
    })
  })

/** Sends the rest of an upload as a tus client does: asks for the offset, sends from there, repeats after a failure. */
const finish = async (server: ApiServer, ticket: Ticket, bytes: Buffer): Promise<void> => {
  for (let attempt = 0; attempt < 200; attempt++) {
    const head = request(`${server.origin}${ticket.path}`, { method: 'HEAD', headers: ticket.headers })
    head.end()
    const { status, offset } = await answerOf(head)
    if (status === 200 && offset === bytes.length) return
    if (status === 200) {
      const req = openPatch(server, ticket, offset, bytes.length - offset)
      const answer = answerOf(req)
      req.end(bytes.subarray(offset))
      if ((await answer).status === 204) return
    }
    await sleep(100)
  }
  throw new Error('The upload could not be finished.')
}

/** Lists the stored files by name, and counts those whose bytes have another digest. */
const readBlobs = async (folder: string): Promise<{ digests: Set<string>; forged: number }> => {
  const entries = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const blobs = entries.map((entry) => join(entry.parentPath, entry.name)).filter((path) => path.includes('/blobs/'))
  let forged = 0
  for (const path of blobs) {
    const hash = createHash('sha256')
    for await (const chunk of createReadStream(path)) hash.update(chunk)
    if (hash.digest('hex') !== basename(path)) forged++
  }
  return { digests: new Set(blobs.map((path) => basename(path))), forged }
}

export const run = async (): Promise<Figure[]> => {
  await using world = await openWorld()
  const redis = await startRedis()
  const startApi = async (): Promise<ApiServer> => {
    const port = await freePort()
    const env = { ...world.env, LOG_LEVEL: 'info', REDIS_URL: redis.url, PORT: String(port) }
    return { origin: `http://127.0.0.1:${port}`, process: await startProcess('src/server.ts', env, 'Listening.') }
  }
  const stable = await startApi()
  const client = createClient({ url: `${stable.origin}/graphql`, token: await world.token() })
  let attacked = await startApi()
  const digests = new Set<string>()
  let slowestTakeoverMs = 0
  const finishGenuine = async (ticket: Ticket, bytes: Buffer): Promise<void> => {
    const start = performance.now()
    await finish(stable, ticket, bytes)
    slowestTakeoverMs = Math.max(slowestTakeoverMs, performance.now() - start)
  }
  /** Waits until a server holds the lease and has received bytes. */
  const waitForLease = async ({ path }: Ticket): Promise<void> => {
    const read = `SELECT 1 FROM "Upload" WHERE "id" = $1 AND "heldUntil" IS NOT NULL AND "receivedBytes" > 0`
    while ((await world.database.query(read, [basename(path)])).rowCount === 0) await sleep(20)
  }
  const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
  try {
    logProgress(`holding ${heldRounds} requests open …`)
    for (let round = 0; round < heldRounds; round++) {
      const [ticket, bytes] = [await createTicket(client), randomBytes(sizeBytes)]
      const held = openPatch(attacked, ticket, 0, sizeBytes)
      const answer = answerOf(held)
      const finished = finishGenuine(ticket, bytes)
      for (let part = 0; part < 8 && !held.destroyed; part++) {
        held.write(randomBytes(sizeBytes / 16))
        await sleep(randomInt(100))
      }
      // Bytes of both clients may be mixed: the digest is that of the mixture.
      await Promise.all([finished, answer])
      held.destroy()
    }

    logProgress(`freezing a server ${frozenRounds} times …`)
    for (let round = 0; round < frozenRounds; round++) {
      const [ticket, bytes] = [await createTicket(client), randomBytes(sizeBytes)]
      const held = openPatch(attacked, ticket, 0, sizeBytes)
      const answer = answerOf(held)
      held.write(bytes.subarray(0, sizeBytes / 2))
      await waitForLease(ticket)
      attacked.process.child.kill('SIGSTOP')
      held.write(randomBytes(sizeBytes / 4)) // waits in the socket until the server continues
      await finishGenuine(ticket, bytes)
      digests.add(digestOf(bytes))
      attacked.process.child.kill('SIGCONT')
      held.end(randomBytes(sizeBytes / 4))
      await answer
    }

    logProgress(`killing a server ${killedRounds} times …`)
    for (let round = 0; round < killedRounds; round++) {
      const [ticket, bytes] = [await createTicket(client), randomBytes(sizeBytes)]
      const req = openPatch(attacked, ticket, 0, sizeBytes)
      const answer = answerOf(req)
      req.write(bytes.subarray(0, randomInt(sizeBytes)))
      await sleep(randomInt(200))
      await attacked.process.end('SIGKILL')
      await answer
      await finishGenuine(ticket, bytes)
      digests.add(digestOf(bytes))
      attacked = await startApi()
    }

    const { digests: stored, forged } = await readBlobs(world.env['DATA_DIR'] ?? '')
    const { rows } = await world.database.query<{ fileNumber: number }>(
      `SELECT "fileNumber" FROM "Upload" WHERE "status" = 'COMPLETED'`,
    )
    const takeoverCount = rows.filter(({ fileNumber }) => fileNumber > 0).length
    return [
      atMost(`stored files whose name is not their digest, of ${stored.size}`, forged, 0, ''),
      atMost(
        'acknowledged uploads without their bytes',
        [...digests].filter((digest) => !stored.has(digest)).length,
        0,
        '',
      ),
      atLeast('uploads completed', rows.length, heldRounds + frozenRounds + killedRounds, ''),
      atLeast('of these in a copy, since a writer might return', takeoverCount, frozenRounds, ''),
      atMost('slowest continuation at the other server', slowestTakeoverMs / 1000, 15, ' s'),
    ]
  } finally {
    attacked.process.child.kill('SIGCONT')
    await client.close()
    for (const { process } of [attacked, stable]) await process.end('SIGTERM')
    await redis.stop()
  }
}
