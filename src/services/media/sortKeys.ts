import type { z } from 'zod'
import { Prisma } from '../../../prisma/generated/client/client.ts'
import { inNameOrder } from '../kernel/nameOrder.ts'
import { bigintText, float8Text, sortText, timestampText } from '../kernel/scalars.ts'

export const sorts = [
  'UPLOADED_AT',
  'UPDATED_AT',
  'FILE_NAME',
  'TITLE',
  'SIZE',
  'DURATION',
  'USAGE_COUNT',
  'DELETED_AT',
  'PURGE_AT',
  'RELEVANCE',
] as const

export const MediaSort = Object.fromEntries(sorts.map((sort) => [sort, sort])) as { [Sort in MediaSort]: Sort } // the keys are the list
export type MediaSort = (typeof sorts)[number]

interface SortKey {
  key: Prisma.Sql
  shape: z.ZodType<string>
  value(text: string): Prisma.Sql
  /** The key of all media outside the trash, which have no value there. */
  liveKey?: Prisma.Sql
  /** Names are compared by the collation of the database. */
  isName?: true
}

/** Key in place of a missing time, so that a cursor can hold it: earlier than every time of a media. */
const noTime = Prisma.sql`'1970-01-01 00:00:00+00'::timestamptz`

const asTimestamp = (text: string) => Prisma.sql`${text}::timestamptz`

const nameKey = (column: string): SortKey => ({
  key: Prisma.raw(inNameOrder(column)),
  shape: sortText,
  value: (text) => Prisma.sql`${text}::text`,
  isName: true,
})

const trashKey = (column: Prisma.Sql): SortKey => ({
  key: Prisma.sql`coalesce(${column}, ${noTime})`,
  shape: timestampText,
  value: asTimestamp,
  liveKey: noTime,
})

export const sortKeys: { [Sort in MediaSort]: SortKey } = {
  UPLOADED_AT: { key: Prisma.sql`"uploadedAt"`, shape: timestampText, value: asTimestamp },
  UPDATED_AT: { key: Prisma.sql`"updatedAt"`, shape: timestampText, value: asTimestamp },
  FILE_NAME: nameKey('"fileName"'),
  TITLE: nameKey('"title"'),
  SIZE: { key: Prisma.sql`"sizeBytes"`, shape: bigintText, value: (text) => Prisma.sql`${text}::bigint` },
  // -1 without a duration.
  DURATION: { key: Prisma.sql`"durationKey"`, shape: float8Text, value: (text) => Prisma.sql`${text}::float8` },
  USAGE_COUNT: { key: Prisma.sql`"usageCount"`, shape: bigintText, value: (text) => Prisma.sql`${text}::bigint` },
  DELETED_AT: trashKey(Prisma.sql`"deletedAt"`),
  PURGE_AT: trashKey(Prisma.sql`"purgeAt"`),
  RELEVANCE: { key: Prisma.sql`"relevance"`, shape: bigintText, value: (text) => Prisma.sql`${text}::bigint` },
}

export const sortKeyText = (key: Date | bigint | number | string): string =>
  key instanceof Date ? key.toISOString() : String(key)
