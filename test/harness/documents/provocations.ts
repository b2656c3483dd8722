import { globalId } from '../../../src/services/kernel/ids.ts'
import { unknownUuid } from '../ids.ts'
import type { Random } from '../random.ts'
import type { ValuePool } from './values.ts'

const idsOf = (random: Random, { ids }: ValuePool, type: string): string =>
  JSON.stringify(random.some(ids.get(type) ?? [], 0.4))

/** One of the media, often one in the trash. */
const mediaId = (random: Random, { library: { media } }: ValuePool): string => {
  const trashed = media.filter(({ deletedAt }) => deletedAt !== null)
  return JSON.stringify(globalId('Media', random.one(random.chance(0.6) ? trashed : media).id))
}

/** Root selections that end in errors below the root, for some callers and some rows. */
const provocations: ((random: Random, pool: ValuePool) => string)[] = [
  (random, pool) =>
    `p0: nodes(ids: ${idsOf(random, pool, 'Media')}) { id ... on Media { history(first: 1) { totalCount } } }`,
  (random, pool) =>
    `p1: nodes(ids: ${idsOf(random, pool, 'MediaVersion')}) { ... on MediaVersion { sizeBytes storageUri } }`,
  (random, pool) =>
    `p2: media(id: ${mediaId(random, pool)}, trashed: true) { deletedAt purgeAt thumbnailUrl(expiresInSeconds: 1) viewerCanDelete { reason } }`,
  (random) =>
    `p3: mediaList(first: ${random.integer(1, 4)}) { nodes { id usages { nodes { media { url(expiresInSeconds: 59) } } } renditions { url } } }`,
  () => `p4: folders(parentId: "Folder:${unknownUuid}") { name }`,
  (random, pool) =>
    `p5: media(id: ${mediaId(random, pool)}) { uploadedBy { currentAssignment { media { versions(first: 2) { nodes { url(expiresInSeconds: 604801) } } } } } }`,
]

/** Returns a root selection that provokes errors, mostly none. */
export const provoke = (random: Random, pool: ValuePool): string =>
  random.chance(0.35) ? `${random.one(provocations)(random, pool)} ` : ''
