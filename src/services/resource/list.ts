import { z } from 'zod'
import { Prisma, type Resource } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { parseInput } from '../kernel/input.ts'
import type { Connection, PageArguments } from '../kernel/paging.ts'
import type { Database } from '../kernel/ports.ts'
import { refShape, slug } from '../kernel/resourceInput.ts'
import { requirePresentResource } from './key.ts'
import { createResourceCursor, readResourcePage, resourceSearch, searchCondition } from './page.ts'

const shape = z.object({
  source: slug.nullish(),
  type: slug.nullish(),
  parent: refShape.nullish(),
  search: resourceSearch,
})
export type ResourceListArguments = PageArguments & z.input<typeof shape>

const cursor = createResourceCursor('resources')

export const createResourceList =
  (database: Database) =>
  async (_actor: Actor, args: ResourceListArguments, query: object): Promise<Connection<Resource>> => {
    const { source, type, parent, search } = parseInput(shape, args)
    const conditions: Prisma.Sql[] = []
    if (source != null) conditions.push(Prisma.sql`"source" = ${source}`)
    if (type != null) conditions.push(Prisma.sql`"type" = ${type}`)
    if (search) conditions.push(searchCondition(search, args.search ?? ''))
    if (parent != null) {
      const { id } = await requirePresentResource(database, parent)
      conditions.push(Prisma.sql`"parentId" = ${id}::uuid`)
    }
    return readResourcePage(database, { args, cursor, conditions }, query)
  }
