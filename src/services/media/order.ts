import { z } from 'zod'
import type { Prisma } from '../../../prisma/generated/client/client.ts'
import { InvalidInputError } from '../kernel/errors.ts'
import { parseInput } from '../kernel/input.ts'
import { nameOrdered } from '../kernel/nameOrder.ts'
import { type CursorCodec, createCursorCodec } from '../kernel/paging.ts'
import { type MediaSort, sortKeys, sorts } from './sortKeys.ts'

const directions = ['ASC', 'DESC'] as const

export const SortDirection = { ASC: 'ASC', DESC: 'DESC' } as const
export type SortDirection = (typeof directions)[number]

const orderShape = z.object({ by: z.enum(sorts), direction: z.enum(directions) })
export type MediaOrder = z.input<typeof orderShape>

/** Text of the sort key, and the id: the content of a cursor. */
export type CursorKey = readonly [key: string, id: string]

export interface ParsedOrder extends MediaOrder {
  /** The sort key, written as in its index. */
  key: Prisma.Sql
  /** The key of all media outside the trash, if it is the same for all of them: then their ids alone decide. */
  liveKey: Prisma.Sql | null
  /** Converts the text of a cursor to a value that the key is compared with. */
  value(text: string): Prisma.Sql
  cursor: CursorCodec<CursorKey>
}

const createOrder = (by: MediaSort, direction: SortDirection): ParsedOrder => {
  const { key, shape, value, liveKey = null, isName = false } = sortKeys[by]
  const list = `mediaList:${by}:${direction}`
  return {
    by,
    direction,
    key,
    liveKey,
    value,
    cursor: createCursorCodec(isName ? nameOrdered(list) : list, z.tuple([shape, z.uuid()])),
  }
}

/** Created once: creating a shape takes longer than checking a cursor with it. */
const orders = new Map(
  sorts.flatMap((by) => directions.map((direction) => [`${by}:${direction}`, createOrder(by, direction)] as const)),
)

export const parseOrder = (raw: MediaOrder | null | undefined, hasSearch: boolean): ParsedOrder => {
  const { by, direction } = parseInput(orderShape, raw ?? { by: 'UPLOADED_AT', direction: 'DESC' })
  if (by === 'RELEVANCE' && !hasSearch)
    throw new InvalidInputError([{ path: 'order.by', message: 'RELEVANCE requires filter.search.' }])
  return orders.get(`${by}:${direction}`) ?? createOrder(by, direction)
}
