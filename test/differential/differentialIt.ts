import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildSchema, type GraphQLNamedType, getNamedType, isObjectType } from 'graphql'
import { openDatabase } from '../../src/adapters/database.ts'
import { createLogger } from '../../src/adapters/logger.ts'
import { globalId, type NodeName } from '../../src/services/kernel/ids.ts'
import { it as base } from '../harness/it.ts'
import { readLibraryModel } from '../harness/libraryModel.ts'
import { type Operation, openPlainAnswers } from '../harness/plainAnswers.ts'
import { createRandom } from '../harness/random.ts'
import { seedRandomLibrary } from '../harness/randomLibrary.ts'
import type { World } from '../harness/world.ts'

export const printedSchema = buildSchema(
  await readFile(join(import.meta.dirname, '../../src/schema/schema.graphql'), 'utf8'),
)

/** Seed of the data and of the documents. The same in every `npm test`, since a few documents may lack a required kind. */
export const seed = Number(process.env['DIFFERENTIAL_SEED'] ?? 1)

const people = {
  viewer: ['viewer', 'Vera'],
  editor: ['editor', 'Ada'],
  otherEditor: ['editor', 'Bob'],
  admin: ['admin', 'Root'],
} as const
export type Role = keyof typeof people
export const roles = Object.keys(people) as Role[] // as: keys of a literal

const nodeTypes: [keyof Awaited<ReturnType<typeof seedRandomLibrary>>, NodeName][] = [
  ['users', 'User'],
  ['folders', 'Folder'],
  ['media', 'Media'],
  ['versions', 'MediaVersion'],
  ['renditions', 'Rendition'],
  ['resources', 'Resource'],
  ['usages', 'MediaUsage'],
  ['batches', 'AssignmentBatch'],
  ['assignments', 'Assignment'],
  ['operations', 'Operation'],
  ['uploads', 'Upload'],
  ['events', 'Event'],
]

/** Stops the clock of the services, so that URLs and figures of the same data are the same text. */
const stopClock = ({ runtime }: World): void => {
  const now = new Date()
  runtime.ports.clock.now = () => now
}

const isConnection = (type: GraphQLNamedType): boolean => type.name.endsWith('Connection')

/** Documents that read the cursors of a list: of every object that has it, or of the root. */
const cursorQueries = (ids: Map<string, string[]>): [string, string][] =>
  Object.values(printedSchema.getTypeMap()).flatMap((type) => {
    if (!isObjectType(type) || isConnection(type)) return []
    const lists = Object.values(type.getFields()).filter((field) => isConnection(getNamedType(field.type)))
    return lists.map(({ name }): [string, string] => {
      const list = `${name} { edges { cursor } }`
      if (type === printedSchema.getQueryType()) return [`Query.${name}`, `{ ${list} }`]
      const nodeIds = JSON.stringify(ids.get(type.name) ?? [])
      return [`${type.name}.${name}`, `{ nodes(ids: ${nodeIds}) { ... on ${type.name} { ${list} } } }`]
    })
  })

const cursorsIn = (value: unknown): string[] => {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => (key === 'cursor' ? [String(inner)] : cursorsIn(inner)))
}

/** `it` with `answers`: a random library, read through the running server and by graphql-js with Prisma. */
export const it = base
  .extend('worldOptions', { scope: 'file' }, () => ({ env: { ANSWER_CACHE_MB: '64' } }))
  .extend('plain', { scope: 'file' }, ({ world }, { onCleanup }) => {
    const plain = openPlainAnswers(world)
    onCleanup(() => plain.close())
    return plain
  })
  .extend('answers', { scope: 'file' }, async ({ world, plain }, { onCleanup }) => {
    stopClock(world)
    const tokens = new Map<Role, string>()
    for (const [role, [tokenRole, name]] of Object.entries(people))
      tokens.set(role as Role, await world.token(tokenRole, name)) // as: a key
    const tokenOf = (role: Role): string => tokens.get(role) ?? ''

    const server = async (
      role: Role,
      operation: Operation & { operationName?: string },
      accept = 'application/json',
    ) => {
      const response = await fetch(world.graphqlUrl, {
        method: 'POST',
        headers: {
          accept,
          authorization: `Bearer ${tokenOf(role)}`,
          'content-type': 'application/json',
          'x-request-id': 'same',
        },
        body: JSON.stringify(operation),
      })
      return { status: response.status, text: await response.text() }
    }
    const userIds: string[] = []
    for (const role of roles) {
      const { text } = await server(role, { query: '{ viewer { id } }' })
      userIds.push(JSON.parse(text).data.viewer.id.slice('User:'.length))
    }
    const owner = openDatabase({ url: world.env['DATABASE_OWNER_URL'] ?? '', log: createLogger('silent') })
    onCleanup(() => owner.$disconnect())
    const rowIds = await seedRandomLibrary(owner, createRandom(seed), userIds)
    const ids = new Map(nodeTypes.map(([key, type]) => [type as string, rowIds[key].map((id) => globalId(type, id))]))
    const cursors = new Map<string, string[]>()
    for (const [list, query] of cursorQueries(ids))
      cursors.set(list, cursorsIn(JSON.parse((await server('admin', { query })).text)))
    return {
      pool: { library: await readLibraryModel(plain.database), ids, cursors },
      server,
      plain: (role: Role, operation: Operation) => plain.answer(tokenOf(role), operation, 'same'),
    }
  })
