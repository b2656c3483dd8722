import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { Database } from '../../../src/services/kernel/ports.ts'

/** Texts that have a meaning in SQL, in JSON or in PostgreSQL's arrays. Each contains the word `hostile`. */
const hostileTexts = [
  `hostile'; DROP TABLE "User"; --`,
  'hostile " \\ " $1 \\u0000',
  'hostile\u2028\u2029\u0001\u007f\n\t\r',
  'hostile {a,"b",NULL} \\',
  'hostile \u{1F469}\u200D\u{1F4BB} \u0301 null',
  '  hostile  ',
]

const text = fc.oneof(
  fc.constantFrom(...hostileTexts, '', 'null', 'a', 'b'),
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((value) => value.replaceAll('\0', '')),
)
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 3 })
const time = fc.oneof(
  fc.date({
    min: new Date('0001-01-01T00:00:00.000Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  }),
  fc.constantFrom(0, -1, 1, -86_400_000.0, 951_782_400_123, 1_700_000_000_999).map((value) => new Date(value)),
)
const int64 = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), fc.constantFrom(0n, 2n ** 53n, 2n ** 53n + 1n))
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const float = fc.oneof(fc.double({ noNaN: true, min: -1e300, max: 1e300 }), fc.constantFrom(-0, 0.1, 1e300, 5e-324))
/** JSON, with the null of JSON, which is another value than a missing one. */
const json = fc
  .oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant(null), fc.record({ a: text, b: float }))
  .map((value) => value ?? Prisma.JsonNull)
  .filter((value) => !JSON.stringify(value).includes('\\u0000') && JSON.stringify(value).isWellFormed())
const optionalJson = fc.oneof(json, fc.constant(Prisma.DbNull))
const kind = fc.constantFrom('VIDEO', 'AUDIO', 'IMAGE', 'DOCUMENT', 'OTHER')
const status = fc.constantFrom('PROCESSING', 'READY', 'FAILED')
const role = fc.constantFrom('VIEWER', 'EDITOR', 'ADMIN')

const newIds = (count: number): string[] => Array.from({ length: count }, () => randomUUID())

/** Inserts random rows with the references that foreign keys demand into the models that are read. */
export const seedAllModels = async (database: Database): Promise<void> => {
  const ids = {
    users: newIds(6),
    folders: newIds(4),
    media: newIds(10),
    versions: newIds(16),
    resources: newIds(6),
    batches: newIds(3),
    assignments: newIds(12),
    operations: newIds(3),
    events: newIds(8),
  }
  const hashes = newIds(8).map((id) => id.replaceAll('-', '').repeat(2))
  const any = <T>(values: readonly T[]) => fc.constantFrom(...values)
  const rowsOf = <T>(keys: readonly string[], shape: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
    fc.sample(fc.record<T>(shape), keys.length).map((row, index) => ({ id: keys[index] ?? '', ...row }))
  const content = { kind, mimeType: text, sizeBytes: int64, sha256: any(hashes), status }

  await database.user.createMany({
    data: rowsOf(ids.users, { name: text, role, createdAt: time, tokenName: optional(text) }).map((row) => ({
      ...row,
      externalId: `user ${row.id}`,
    })),
  })
  for (const folder of rowsOf(ids.folders, { name: text, createdAt: time })) {
    const parent = await database.folder.findFirst({ orderBy: { id: 'asc' } })
    await database.folder.create({
      data: { ...folder, name: `${folder.id} ${folder.name}`, parentId: parent?.id ?? null },
    })
  }
  await database.blob.createMany({
    data: hashes.map((sha256, index) => ({
      sha256,
      sizeBytes: index,
      ...(index % 3 === 0 ? { fault: 'MISSING' } : {}),
    })),
  })
  const media = rowsOf(ids.media, {
    ...content,
    title: text,
    fileName: text,
    originalFileName: text,
    description: optional(text),
    altText: optional(text),
    tags: fc.array(text, { maxLength: 3 }),
    folderId: optional(any(ids.folders)),
    uploadedAt: time,
    uploadedById: optional(any(ids.users)),
    deletedAt: optional(time),
    deletedById: optional(any(ids.users)),
    purgeAt: optional(time),
    usageCount: int32,
  })
  const versions = rowsOf(ids.versions, {
    ...content,
    failure: optionalJson,
    warnings: optionalJson,
    revision: int32,
    originalFileName: text,
    durationSeconds: optional(float),
    width: optional(int32),
    staged: fc.boolean(),
    createdAt: time,
    createdById: optional(any(ids.users)),
  })
  await database.$transaction([
    database.media.createMany({
      data: media.map((row, index) => ({ ...row, tagKeys: row.tags, currentVersionId: ids.versions[index] ?? '' })),
    }),
    database.mediaVersion.createMany({
      data: versions.map((row, index) => ({ ...row, mediaId: ids.media[index % 10] ?? '', number: 1 + index })),
    }),
  ])
  await database.rendition.createMany({
    data: rowsOf(ids.versions.concat(ids.versions.slice(0, 6)), {
      percent: float,
      failure: optionalJson,
      sizeBytes: optional(int64),
      sha256: optional(any(hashes)),
      startedAt: optional(time),
    }).map(({ id, ...row }, index) => ({ ...row, versionId: id, profile: index < 16 ? 'GIF' : 'WEBM' })),
  })
  for (const row of rowsOf(ids.resources, {
    type: any(['course', 'lesson']),
    title: optional(text),
    createdAt: time,
  })) {
    const parent = await database.resource.findFirst({ orderBy: { id: 'asc' } })
    await database.resource.create({ data: { ...row, externalId: row.id, parentId: parent?.id ?? null } })
  }
  const links = ids.media.flatMap((mediaId, index) =>
    ids.resources.slice(0, index % 4).map((resourceId) => ({ mediaId, resourceId })),
  )
  await database.mediaUsage.createMany({
    data: links.map((link, index) => ({ ...link, linkedById: index % 2 === 0 ? (ids.users[0] ?? null) : null })),
  })
  await database.assignmentBatch.createMany({
    data: rowsOf(ids.batches, { mediaId: any(ids.media), count: int32, assignedAt: time, undoableUntil: time }),
  })
  await database.assignment.createMany({
    data: rowsOf(ids.assignments, {
      mediaId: any(ids.media),
      heldMediaId: optional(any(ids.media)),
      mediaTitle: text,
      userId: any(ids.users),
      status: fc.constantFrom('REPLACED', 'UNDONE', 'ENDED'),
      assignedById: optional(any(ids.users)),
      assignedAt: time,
      undoableUntil: time,
      batchId: optional(any(ids.batches)),
    }),
  })
  await database.operation.createMany({
    data: rowsOf(ids.operations, {
      kind: text,
      errorPolicy: fc.constantFrom('REJECT_EVERYTHING', 'REJECT_FAILED_ROWS'),
      input: json,
      total: int32,
      requestedById: any(ids.users),
      requestedRole: role,
      createdAt: time,
    }),
  })
  await database.operationItem.createMany({
    data: ids.operations.flatMap((operationId) =>
      ids.media.slice(0, 4).map((mediaId, position) => ({ operationId, position, mediaId })),
    ),
  })
  await database.event.createMany({
    data: rowsOf(ids.events, {
      action: text,
      nodeType: text,
      mediaId: optional(any(ids.media)),
      data: json,
      at: time,
    }).map((row) => ({ ...row, nodeId: row.id })),
  })
  await database.eventChain.createMany({
    data: ids.events.map((eventId, index) => ({
      position: BigInt(index + 1),
      eventId,
      action: 'a',
      nodeType: 'Media',
      nodeId: eventId,
      hash: Uint8Array.from([index, 0, 255]),
    })),
  })
}
