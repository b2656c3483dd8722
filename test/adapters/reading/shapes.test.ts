import { describe, expect } from 'vitest'
import { type Args, call, it } from './readingIt.ts'

const now = new Date()
const notDeleted = { deletedAt: null }
const blobFacts = { select: { fault: true, storedAt: true } }
const renditions = { orderBy: { profile: 'asc' } }
const faultyRenditions = {
  where: { status: 'READY', version: { blob: { fault: null }, media: notDeleted } },
  include: { version: { select: { mediaId: true, sha256: true, sizeBytes: true } } },
}
const openStatuses = { in: ['WAITING', 'RECEIVING'] }

/** Conditions for the rows after a key, as `kernel/keyset.ts` writes them. */
const after = (first: Args, second: Args, third: Args): Args => ({
  AND: [{ OR: [{ AND: [first] }, { AND: [second, third] }] }],
})

type IdsOf = (model: string) => Promise<string[]>
type Read = [model: string, method: 'findMany' | 'findFirst' | 'findUnique', args: (idsOf: IdsOf) => Promise<Args>]

const byIds =
  (model: string, args: Args = {}, where: Args = {}) =>
  async (idsOf: IdsOf): Promise<Args> => ({ ...args, where: { id: { in: await idsOf(model) }, ...where } })

const byId =
  (model: string, args: Args = {}, where: Args = {}) =>
  async (idsOf: IdsOf): Promise<Args> => ({ ...args, where: { id: (await idsOf(model))[0], ...where } })

const fixed = (args: Args) => () => Promise.resolve(args)

const reads: Record<string, Read> = {
  'visible media': ['Media', 'findMany', byIds('Media', { select: { id: true } }, notDeleted)],
  'trashed media': ['Media', 'findMany', byIds('Media', {}, { deletedAt: { not: null } })],
  'a media of any state': ['Media', 'findUnique', byId('Media', {}, { deletedAt: undefined })],
  'visible versions': [
    'MediaVersion',
    'findMany',
    byIds('MediaVersion', { select: { id: true } }, { media: notDeleted }),
  ],
  'visible renditions': ['Rendition', 'findMany', byIds('Rendition', {}, { version: { media: notDeleted } })],
  'visible usages': ['MediaUsage', 'findMany', byIds('MediaUsage', {}, { media: notDeleted })],
  'visible batches of editors': [
    'AssignmentBatch',
    'findMany',
    byIds('AssignmentBatch', {}, { assignments: { some: {} } }),
  ],
  'visible batches of a viewer': [
    'AssignmentBatch',
    'findMany',
    async (idsOf) => ({ where: { assignments: { some: { userId: (await idsOf('User'))[0] } } } }),
  ],
  'unfinished operations of users, with new ones': [
    'Operation',
    'findMany',
    async (idsOf) => ({
      where: {
        requestedById: { in: await idsOf('User') },
        OR: [{ status: { in: ['QUEUED', 'RUNNING'] } }, { createdAt: { gte: now } }],
      },
      select: { id: true, requestedById: true, status: true },
      orderBy: { id: 'asc' },
    }),
  ],
  'renditions that are being made': [
    'Rendition',
    'findMany',
    fixed({
      where: { status: 'PROCESSING' },
      select: { id: true, attempts: true, version: { select: { mediaId: true } } },
    }),
  ],
  'a page of operations': [
    'Operation',
    'findMany',
    async (idsOf) => ({
      where: {
        requestedById: (await idsOf('User'))[0],
        ...after({ createdAt: { lt: now } }, { createdAt: now }, { id: { lt: (await idsOf('Operation'))[0] } }),
      },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: 3,
    }),
  ],
  'a page of all assignments': [
    'Assignment',
    'findMany',
    async (idsOf) => {
      const matching = { mediaId: undefined, status: { in: ['CURRENT', 'ENDED'] }, AND: [{ assignedAt: { lt: now } }] }
      const page = after({ assignedAt: { lt: now } }, { assignedAt: now }, { sequence: { lt: 5 } })
      return {
        where: {
          AND: [{ AND: [{ userId: (await idsOf('User'))[0] }, matching] }, page, { assignedAt: { lte: now } }],
        },
        orderBy: [{ assignedAt: 'desc' }, { sequence: 'desc' }],
        take: 3,
      }
    },
  ],
  'a page of batches': [
    'AssignmentBatch',
    'findMany',
    fixed({
      where: { AND: [{}, { AND: [] }] },
      orderBy: [{ assignedAt: 'desc' }, { id: 'desc' }],
      take: 3,
    }),
  ],
  'pending items': [
    'OperationItem',
    'findMany',
    fixed({ where: { status: 'PENDING' }, orderBy: { position: 'asc' }, take: 0 }),
  ],
  'a user by external id': [
    'User',
    'findUnique',
    async (idsOf) => ({ where: { externalId: `user ${(await idsOf('User'))[0]}` } }),
  ],
  'a session': [
    'Session',
    'findUnique',
    fixed({ where: { idHash: 'hash' }, select: { userId: true, role: true, endsAt: true } }),
  ],
  'open sessions': ['Session', 'findMany', fixed({ where: { idHash: { in: ['hash'] } }, select: { idHash: true } })],
  'states of media': [
    'Media',
    'findMany',
    byIds('Media', {
      select: {
        id: true,
        versions: {
          select: {
            id: true,
            failure: true,
            renditions: { select: { id: true, percent: true }, orderBy: { id: 'asc' } },
          },
          orderBy: { id: 'asc' },
        },
      },
    }),
  ],
  'newest change of users': [
    'User',
    'findMany',
    byIds('User', {
      select: { id: true, assignments: { select: { change: true }, orderBy: { change: 'desc' }, take: 1 } },
    }),
  ],
  'current assignments of media': [
    'Media',
    'findMany',
    byIds('Media', {
      select: { id: true, assignments: { where: { status: 'ENDED' }, orderBy: [{ sequence: 'asc' }], take: 3 } },
    }),
  ],
  'media with current version and renditions': [
    'Media',
    'findMany',
    byIds('Media', { include: { uploadedBy: true, folder: true, currentVersion: { include: { renditions } } } }),
  ],
  'most used media': [
    'Media',
    'findMany',
    fixed({
      where: { ...notDeleted, usageCount: { gt: 0 } },
      orderBy: [{ usageCount: 'desc' }, { id: 'desc' }],
      take: 5,
    }),
  ],
  'media with equal content': [
    'Media',
    'findFirst',
    async (idsOf) => ({
      where: {
        id: (await idsOf('Media'))[0],
        ...notDeleted,
        status: { not: 'FAILED' },
        currentVersion: { blob: { fault: null } },
      },
      select: { id: true },
    }),
  ],
  'the file of a version': [
    'MediaVersion',
    'findUnique',
    byId('MediaVersion', { include: { blob: blobFacts } }, { media: notDeleted }),
  ],
  'the file of a rendition': [
    'Rendition',
    'findUnique',
    byId(
      'Rendition',
      { include: { version: { select: { originalFileName: true } }, blob: blobFacts } },
      { version: { media: notDeleted } },
    ),
  ],
  'a rendition that may be retried': [
    'Rendition',
    'findUnique',
    byId('Rendition', {
      include: { version: { select: { mediaId: true, media: { select: { uploadedById: true, deletedAt: true } } } } },
    }),
  ],
  'blobs to check again': [
    'Blob',
    'findMany',
    fixed({
      where: { fault: { not: null }, faultSeenAt: { lte: now }, orphanedAt: null },
      orderBy: { sha256: 'asc' },
      take: 9,
    }),
  ],
  'blobs of faulty renditions': [
    'Blob',
    'findMany',
    fixed({
      where: {
        sha256: { gt: '' },
        fault: { not: null },
        orphanedAt: null,
        renditions: { some: faultyRenditions.where },
      },
      select: { sha256: true, sizeBytes: true, fault: true, renditions: faultyRenditions },
      orderBy: { sha256: 'asc' },
      take: 100,
    }),
  ],
  'unreferenced blobs': [
    'Blob',
    'findMany',
    fixed({ where: { orphanedAt: { lte: now }, sha256: { notIn: [] } }, orderBy: { orphanedAt: 'asc' }, take: 1000 }),
  ],
  'open uploads': [
    'Upload',
    'findMany',
    async (idsOf) => ({
      where: { ownerId: (await idsOf('User'))[0], status: openStatuses, expiresAt: { gt: now } },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: 100,
    }),
  ],
  'expired uploads': [
    'Upload',
    'findMany',
    fixed({ where: { status: openStatuses, expiresAt: { lte: now } }, take: 1000 }),
  ],
  'an upload with its owner': [
    'Upload',
    'findUnique',
    byId('User', { include: { owner: { select: { role: true } } } }),
  ],
  'an event': ['Event', 'findFirst', byId('Event')],
  'hashes of events': [
    'EventChain',
    'findMany',
    fixed({ where: { position: { in: [1n, 3n] } }, select: { position: true, hash: true } }),
  ],
  'places of events': [
    'EventChain',
    'findMany',
    async (idsOf) => ({ where: { eventId: { in: await idsOf('Event') } } }),
  ],
  'resources with their usages': [
    'Resource',
    'findMany',
    byIds(
      'Resource',
      {
        include: {
          usages: { include: { media: true, linkedBy: true }, orderBy: [{ id: 'asc' }], take: 2 },
          parent: true,
        },
      },
      notDeleted,
    ),
  ],
  'a resource by its key': [
    'Resource',
    'findUnique',
    async (idsOf) => ({
      where: {
        source_type_externalId: { source: 'default', type: 'course', externalId: (await idsOf('Resource'))[0] },
        ...notDeleted,
      },
    }),
  ],
}

const textOf = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner))

/** Sorts rows whose order the arguments leave open. */
const sort = (rows: unknown): unknown =>
  Array.isArray(rows) ? rows.toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1)) : rows

describe('a read of a service is compiled to one statement:', () => {
  it.for(Object.entries(reads))('%s', async ([, [model, method, argsOf]], { clients }) => {
    const { prisma, compiled, statements, fallbacks } = clients
    const idsOf: IdsOf = async (name) =>
      (
        (await call(prisma, name, 'findMany', { select: { id: true }, orderBy: { id: 'asc' } })) as { id: string }[]
      ).map(({ id }) => id) // as: selected
    const args = await argsOf(idsOf)
    statements.length = 0
    fallbacks.length = 0
    const rows = await call(compiled, model, method, args)
    expect(fallbacks).toEqual([])
    expect(statements).toHaveLength(1)
    const expected = await call(prisma, model, method, args)
    const isSorted = method !== 'findMany' || args['orderBy'] !== undefined
    expect(isSorted ? rows : sort(rows)).toStrictEqual(isSorted ? expected : sort(expected))
  })
})

it('The history of media has the events that name them', async ({ clients }) => {
  const history = { select: { id: true, at: true, data: true }, orderBy: [{ at: 'desc' }, { id: 'desc' }], take: 2 }
  const rows = (await call(clients.compiled, 'Media', 'findMany', { select: { id: true, history } })) as Args[] // as: selected
  expect(rows.flatMap((row) => row['history']).length).toBeGreaterThan(0)
  for (const { id, history: events } of rows)
    expect(events).toStrictEqual(
      await call(clients.prisma, 'Event', 'findMany', { ...history, where: { mediaId: id } }),
    )
})
