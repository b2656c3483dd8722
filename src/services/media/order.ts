import { z } from 'zod'
import { Prisma } from '../../../prisma/generated/client/client.ts'
import { InvalidInputError } from '../kernel/errors.ts'
import { parseInput } from '../kernel/input.ts'
import { type CursorCodec, createCursorCodec } from '../kernel/paging.ts'
import { bigintText, sortText, timestampText } from '../kernel/scalars.ts'

const sorts = ['UPLOADED_AT', 'UPDATED_AT', 'FILE_NAME', 'SIZE', 'USAGE_COUNT', 'RELEVANCE'] as const
const directions = ['ASC', 'DESC'] as const

export const MediaSort = Object.fromEntries(sorts.map((sort) => [sort, sort])) as { [Sort in MediaSort]: Sort } // the keys are the list
export type MediaSort = (typeof sorts)[number]

export const SortDirection = { ASC: 'ASC', DESC: 'DESC' } as const
export type SortDirection = (typeof directions)[number]

const orderShape = z.object({ by: z.enum(sorts), direction: z.enum(directions) })
export type MediaOrder = z.input<typeof orderShape>

/** Text of the sort key, and the id: the content of a cursor. */
export type CursorKey = readonly [key: string, id: string]

export interface ParsedOrder extends MediaOrder {
  /** The sort key, written as in its index. */
  key: Prisma.Sql
  /** Converts the text of a cursor to a value that the key is compared with. */
  value(text: string): Prisma.Sql
  cursor: CursorCodec<CursorKey>
}

interface SortKey {
  key: Prisma.Sql
  shape: z.ZodType<string>
  value(text: string): Prisma.Sql
}

const asTimestamp = (text: string) => Prisma.sql`${text}::timestamptz`

const sortKeys: { [Sort in MediaSort]: SortKey } = {
  UPLOADED_AT: { key: Prisma.sql`"uploadedAt"`, shape: timestampText, value: asTimestamp },
  UPDATED_AT: { key: Prisma.sql`"updatedAt"`, shape: timestampText, value: asTimestamp },
  FILE_NAME: {
    // By code points, so that every database and every client agrees; regardless of case, as people expect of names.
    key: Prisma.sql`lower("fileName") COLLATE "C"`,
    shape: sortText,
    value: (text) => Prisma.sql`${text}::text`,
  },
  SIZE: { key: Prisma.sql`"sizeBytes"`, shape: bigintText, value: (text) => Prisma.sql`${text}::bigint` },
  USAGE_COUNT: { key: Prisma.sql`"usageCount"`, shape: bigintText, value: (text) => Prisma.sql`${text}::bigint` },
  RELEVANCE: { key: Prisma.sql`"relevance"`, shape: bigintText, value: (text) => Prisma.sql`${text}::bigint` },
}

export const sortKeyText = (key: Date | bigint | number | string): string =>
  key instanceof Date ? key.toISOString() : String(key)

export const parseOrder = (raw: MediaOrder | null | undefined, hasSearch: boolean): ParsedOrder => {
  const { by, direction } = parseInput(orderShape, raw ?? { by: 'UPLOADED_AT', direction: 'DESC' })
  if (by === 'RELEVANCE' && !hasSearch)
    throw new InvalidInputError([{ path: 'order.by', message: 'RELEVANCE requires filter.search.' }])
  const { key, shape, value } = sortKeys[by]
  return {
    by,
    direction,
    key,
    value,
    cursor: createCursorCodec(`mediaList:${by}:${direction}`, z.tuple([shape, z.uuid()])),
  }
}
