import type { MediaVersion } from '../../../prisma/generated/client/client.ts'
import { keyset } from '../kernel/keyset.ts'
import { type Connection, connectionOf, createCursorCodec, type PageArguments, parsePage } from '../kernel/paging.ts'
import { int4 } from '../kernel/scalars.ts'

const versionCursor = createCursorCodec('versions', int4)

/** Page of the versions of a media. It is part of the statement that loads the media. */
export const versionsPage = (args: PageArguments) => keyset(parsePage(args, versionCursor), 'desc', 'number')

export const versionsConnection = <Row extends MediaVersion>(
  args: PageArguments,
  rows: Row[],
  totalCount: () => Promise<number>,
): Connection<Row> =>
  connectionOf(parsePage(args, versionCursor), rows, (row) => versionCursor.encode(row.number), totalCount)
