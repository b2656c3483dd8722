import { z } from 'zod'
import { Prisma, type Resource } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { parseInput } from '../kernel/input.ts'
import type { Connection, PageArguments } from '../kernel/paging.ts'
import type { Database } from '../kernel/ports.ts'
import { createResourceCursor, readResourcePage, resourceSearch, searchCondition } from './page.ts'

const searchShape = z.object({ search: resourceSearch })
export type CoursesArguments = PageArguments & z.input<typeof searchShape>

const cursor = createResourceCursor('courses')

export const createCourses =
  (database: Database) =>
  async (_actor: Actor, args: CoursesArguments, query: object): Promise<Connection<Resource>> => {
    const { search } = parseInput(searchShape, args)
    const conditions = [Prisma.sql`"type" = 'course'`]
    if (search) conditions.push(searchCondition(search, args.search ?? ''))
    return readResourcePage(database, { args, cursor, conditions }, query)
  }
