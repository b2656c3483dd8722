import { z } from 'zod'
import type { MediaUsage } from '../../../prisma/generated/client/client.ts'
import { keyset } from '../kernel/keyset.ts'
import { type Connection, connectionOf, createCursorCodec, type PageArguments, parsePage } from '../kernel/paging.ts'

const usageCursor = createCursorCodec('usages', z.uuid())

/** Query arguments of a nested usage list: the page becomes part of the statement that loads the media or resource. */
export const usagesPage = (args: PageArguments) => keyset(parsePage(args, usageCursor), 'asc', 'id')

export const usagesConnection = <Row extends MediaUsage>(
  args: PageArguments,
  rows: Row[],
  totalCount: () => Promise<number>,
): Connection<Row> => connectionOf(parsePage(args, usageCursor), rows, (row) => usageCursor.encode(row.id), totalCount)
