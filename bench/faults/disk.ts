import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { MediaDocument } from '../../client/generated/documents.ts'
import { createTicket } from '../../test/harness/tickets.ts'
import { atLeast, atMost, type Figure, informational, logProgress } from '../figures.ts'
import { openWorld } from '../world.ts'

export const title = 'disk: uploads to a disk without space, which is freed later'

const execute = promisify(execFile)
const mib = 1024 * 1024
const diskBytes = 96 * mib
const freeBytes = 8 * mib
const uploadBytes = 6 * mib
const uploads = 6

/** Mounts a small disk in memory; resolves to false if this user may not. */
const mount = (path: string): Promise<boolean> =>
  execute('mount', ['-t', 'tmpfs', '-o', `size=${diskBytes}`, 'tmpfs', path]).then(
    () => true,
    () => false,
  )

export const run = async (): Promise<Figure[]> => {
  await using world = await openWorld()
  const dataDir = join(world.path, 'data')
  await mkdir(dataDir, { recursive: true })
  if (!(await mount(dataDir)))
    return [informational('skipped: not proved', 'only root can mount a disk of limited size')]
  try {
    await chmod(dataDir, 0o700)
    const server = await world.serveApi()
    const client = await world.client()
    const filler = join(dataDir, 'filler')
    await writeFile(filler, Buffer.alloc(diskBytes - freeBytes))

    logProgress('uploading to a full disk')
    const tickets = await Promise.all(
      Array.from({ length: uploads }, async (_, index) => {
        const ticket = await createTicket(client, { fileName: `${index}.bin`, sizeBytes: uploadBytes })
        return { ...ticket, bytes: randomBytes(uploadBytes) }
      }),
    )
    type Ticket = (typeof tickets)[number]
    const headersOf = ({ target }: Ticket) => Object.fromEntries(target.headers.map(({ name, value }) => [name, value]))
    const offsetOf = async (ticket: Ticket): Promise<number> => {
      const response = await fetch(ticket.target.url, { method: 'HEAD', headers: headersOf(ticket) })
      return Number(response.headers.get('upload-offset') ?? Number.NaN)
    }
    const sendRest = async (ticket: Ticket): Promise<number> => {
      const offset = await offsetOf(ticket)
      const headers = {
        ...headersOf(ticket),
        'Upload-Offset': String(offset),
        'Content-Type': 'application/offset+octet-stream',
      }
      const body = ticket.bytes.subarray(offset)
      return (await fetch(ticket.target.url, { method: 'PATCH', headers, body })).status
    }
    const query = async (text: string): Promise<{ errors?: unknown }> => {
      const headers = { authorization: `Bearer ${await world.token()}`, 'content-type': 'application/json' }
      const response = await fetch(world.graphqlUrl, { method: 'POST', headers, body: JSON.stringify({ query: text }) })
      return (await response.json()) as { errors?: unknown } // as: the response format of GraphQL over HTTP
    }

    const statuses = await Promise.all(tickets.map(sendRest))
    const answers = await Promise.all([
      ...Array.from({ length: 10 }, () => query('{ mediaList(first: 5) { nodes { id } } }')),
      ...Array.from({ length: 10 }, (_, n) =>
        query(`mutation { folderCreate(input: { name: "full ${n}" }) { __typename } }`),
      ),
    ])

    logProgress('freeing space')
    await rm(filler)
    const resumed = await Promise.all(
      tickets.map(async (ticket) => ((await offsetOf(ticket)) === uploadBytes ? 204 : sendRest(ticket))),
    )
    const rows = await Promise.all(
      tickets.map(async ({ upload, bytes }) => {
        const { media } = await client.send(MediaDocument, { id: upload.mediaId })
        return { expected: createHash('sha256').update(bytes).digest('hex'), media }
      }),
    )
    const { rows: stored } = await world.database.query('SELECT "id", "sha256" FROM "Upload"')
    const digests = new Set(stored.map(({ sha256 }) => sha256))
    const full = statuses.filter((status) => status !== 204)
    await server.stop()
    return [
      atMost(
        'uploads refused with another status than 507',
        full.filter((status) => status !== 507).length,
        0,
        '',
        ` of ${full.length}`,
      ),
      atMost(
        'queries and mutations that failed meanwhile',
        answers.filter(({ errors }) => errors !== undefined).length,
        0,
        '',
      ),
      atMost(
        'uploads that could not be resumed',
        resumed.filter((status) => status !== 204).length,
        0,
        '',
        ` of ${uploads}`,
      ),
      atMost(
        'uploads without a media or with other bytes',
        rows.filter(({ expected, media }) => media === null || !digests.has(expected)).length,
        0,
        '',
      ),
      atLeast('uploads that met the full disk', full.length, 1, '', ` of ${uploads}`),
    ]
  } finally {
    await execute('umount', ['-l', dataDir])
  }
}
