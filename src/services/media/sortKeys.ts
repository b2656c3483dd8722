import type { z } from 'zod'
import { Prisma } from '../../../prisma/generated/client/client.ts'
import { inNameOrder } from '../kernel/nameOrder.ts'
import { bigintText, sortText, timestampText } from '../kernel/scalars.ts'

export const sorts = ['UPLOADED_AT', 'UPDATED_AT', 'FILE_NAME', 'SIZE', 'USAGE_COUNT', 'RELEVANCE'] as const

export const MediaSort = Object.fromEntries(sorts.map((sort) => [sort, sort])) as { [Sort in MediaSort]: Sort } // the keys are the list
export type MediaSort = (typeof sorts)[number]

interface SortKey {
  key: Prisma.Sql
  shape: z.ZodType<string>
  value(text: string): Prisma.Sql
}

const asTimestamp = (text: string) => Prisma.sql`${text}::timestamptz`

export const sortKeys: { [Sort in MediaSort]: SortKey } = {
  UPLOADED_AT: { key: Prisma.sql`"uploadedAt"`, shape: timestampText, value: asTimestamp },
  UPDATED_AT: { key: Prisma.sql`"updatedAt"`, shape: timestampText, value: asTimestamp },
  FILE_NAME: {
    key: Prisma.raw(inNameOrder('"fileName"')),
    shape: sortText,
    value: (text) => Prisma.sql`${text}::text`,
  },
  SIZE: { key: Prisma.sql`"sizeBytes"`, shape: bigintText, value: (text) => Prisma.sql`${text}::bigint` },
  USAGE_COUNT: { key: Prisma.sql`"usageCount"`, shape: bigintText, value: (text) => Prisma.sql`${text}::bigint` },
  RELEVANCE: { key: Prisma.sql`"relevance"`, shape: bigintText, value: (text) => Prisma.sql`${text}::bigint` },
}

export const sortKeyText = (key: Date | bigint | number | string): string =>
  key instanceof Date ? key.toISOString() : String(key)
