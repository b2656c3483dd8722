import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, createClient } from '../../../client/client.ts'
import {
  UserDocument,
  UsersDocument,
  type UsersQueryVariables,
  type UserUpsertInput,
  ViewerDocument,
} from '../../../client/generated/documents.ts'
import { makeToken, type TokenOptions } from '../../../src/adapters/auth.ts'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { codeOf } from '../../harness/refusals.ts'
import { openWorld, testSecret, type World } from '../../harness/world.ts'
import { listUsers, upsert, upsertUser } from './calls.ts'

let world: World
let viewer: Client
let editor: Client
let admin: Client

beforeAll(async () => {
  world = await openWorld()
  ;({ viewer, editor, admin } = await world.users())
})
afterAll(() => world?.close())

/** What somebody finds out about themself with a token that says this. */
const callAs = async (claims: Partial<TokenOptions>) => {
  const token = await makeToken(testSecret, {
    sub: 'caller',
    name: 'Caller',
    role: 'viewer',
    kind: 'person',
    expires: '1h',
    ...claims,
  })
  return (await createClient({ url: world.graphqlUrl, token }).send(ViewerDocument, {})).viewer
}

const logOf = async (id: string) => {
  const { database } = world.runtime.ports
  const rows = await database.event.findMany({ where: { nodeId: uuidOf(id) }, orderBy: { id: 'asc' } })
  return rows.map(({ action, actorId, data }) => ({ action, actorId, data }))
}

describe('users', () => {
  it('are listed for editors and admins', async () => {
    const nobody = createClient({ url: world.graphqlUrl, token: 'none' })
    expect(await codeOf(nobody.send(UsersDocument, {}))).toBe('UNAUTHENTICATED')
    expect(await codeOf(listUsers(viewer, {}))).toBe('FORBIDDEN')
    // Who may not ask learns nothing about how to ask.
    expect(await codeOf(listUsers(viewer, { first: 0 }))).toBe('FORBIDDEN')
    await admin.send(ViewerDocument, {})
    expect((await listUsers(editor, {})).nodes.map(({ name }) => name)).toEqual(['Ada', 'Root', 'Vera'])
    expect(await listUsers(admin, {})).toEqual(await listUsers(editor, {}))
  })

  it.each<[string, UsersQueryVariables]>([
    ['first: 101', { first: 101 }],
    ['first and last', { first: 1, last: 1 }],
    ['a search of 256 characters', { search: 'a'.repeat(256) }],
    ['a search of 10,000 characters', { search: 'a'.repeat(10_000) }],
    ['a NUL', { search: 'a\0b' }],
    ['a lone surrogate', { search: 'a\ud800' }],
    ['a cursor that is none', { after: 'x' }],
  ])('refuse %s', async (_what, variables) => {
    expect(await codeOf(listUsers(editor, variables))).toBe('INVALID_INPUT')
  })

  it('refuse a cursor of the other order', async () => {
    const { pageInfo } = await listUsers(editor, { first: 1 })
    expect(await codeOf(listUsers(editor, { first: 1, after: pageInfo.endCursor }))).toBe('no error')
    expect(await codeOf(listUsers(editor, { first: 1, after: pageInfo.endCursor, search: 'Ada' }))).toBe(
      'INVALID_INPUT',
    )
  })
})

describe('user', () => {
  it('is anybody for editors and admins, and only themself for viewers', async () => {
    const { viewer: vera } = await viewer.send(ViewerDocument, {})
    const { viewer: ada } = await editor.send(ViewerDocument, {})
    const find = async (id: string, client: Client) => (await client.send(UserDocument, { id })).user
    expect(await find(vera.id, viewer)).toEqual({ id: vera.id, name: 'Vera', role: 'VIEWER' })
    expect(await find(ada.id, viewer)).toBeNull()
    for (const client of [editor, admin]) expect(await find(vera.id, client)).toMatchObject({ name: 'Vera' })
    for (const client of [viewer, editor]) {
      expect(await find(unknownId('User'), client)).toBeNull()
      for (const id of ['', 'User:1', uuidOf(vera.id), `Media:${uuidOf(vera.id)}`])
        expect(await codeOf(find(id, client))).toBe('INVALID_INPUT')
    }
  })
})

describe('userUpsert', () => {
  it('makes and renames users for editors and admins, and says it once in the log', async () => {
    const input = { externalId: 'lms-1', name: 'Lea' }
    expect((await upsert(viewer, input)).__typename).toBe('ForbiddenError')
    expect((await upsert(viewer, { externalId: '', name: '' })).__typename).toBe('ForbiddenError')
    const created = await upsertUser(editor, 'lms-1', 'Lea')
    expect(created).toMatchObject({ externalId: 'lms-1', name: 'Lea', role: 'VIEWER', kind: 'PERSON' })
    expect(await upsert(editor, input)).toEqual(created)
    expect(await upsert(admin, { externalId: ' lms-1 ', name: 'Lea Maria' })).toEqual({ ...created, name: 'Lea Maria' })
    expect(await upsert(editor, { externalId: 'lms-1', name: ' Lea Maria ' })).toEqual({
      ...created,
      name: 'Lea Maria',
    })
    const [ada, root] = await Promise.all([editor, admin].map(async (client) => client.send(ViewerDocument, {})))
    expect(await logOf(created.id)).toEqual([
      { action: 'user.appeared', actorId: uuidOf(ada?.viewer.id ?? ''), data: input },
      {
        action: 'user.changed',
        actorId: uuidOf(root?.viewer.id ?? ''),
        data: { name: 'Lea Maria', role: 'VIEWER', kind: 'PERSON' },
      },
    ])
  })

  it.each<[string, UserUpsertInput, string[]]>([
    ['nothing', { externalId: '', name: '' }, ['externalId', 'name']],
    ['blanks', { externalId: ' ', name: '\t' }, ['externalId', 'name']],
    ['256 characters', { externalId: 'a'.repeat(256), name: 'a'.repeat(256) }, ['externalId', 'name']],
    ['10,000 characters', { externalId: 'a'.repeat(10_000), name: 'a'.repeat(10_000) }, ['externalId', 'name']],
    ['a NUL', { externalId: 'a\0b', name: 'a\0b' }, ['externalId', 'name']],
    ['a lone surrogate', { externalId: 'a\ud800', name: 'a\udc00' }, ['externalId', 'name']],
    ['two lines', { externalId: 'two-lines', name: 'a\nb' }, ['name']],
    ['text that reads backwards', { externalId: 'backwards', name: 'a\u202eb' }, ['name']],
  ])('refuses %s', async (_what, input, paths) => {
    const refusal = await upsert(editor, input)
    if (refusal.__typename !== 'InvalidInputError') throw new Error(refusal.__typename)
    expect([...new Set(refusal.fields.map(({ path }) => path))]).toEqual(paths)
  })

  it('takes 255 characters of any script and symbol', async () => {
    const input = { externalId: '\u{1F393}'.repeat(127), name: `${'名'.repeat(253)}\u{1F393}` }
    expect(await upsert(editor, input)).toMatchObject(input)
  })

  it('makes one user, however many ask for the same at once', async () => {
    const names = ['One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight']
    const created = await Promise.all([
      ...names.map((name) => upsertUser(editor, 'at-once', name)),
      callAs({ sub: 'at-once', name: 'Nine', role: 'editor' }),
    ])
    expect(new Set(created.map(({ id }) => id)).size).toBe(1)
    const [user] = created
    const log = await logOf(user?.id ?? '')
    expect(log.filter(({ action }) => action === 'user.appeared')).toHaveLength(1)
    const row = await world.runtime.ports.database.user.findUniqueOrThrow({ where: { externalId: 'at-once' } })
    expect(row).toMatchObject({ role: 'EDITOR', kind: 'PERSON' })
    // Each row tells what has become of the one before.
    expect(log.at(-1)?.data).toEqual({ name: row.name, role: row.role, kind: row.kind })
    await Promise.all(names.map(() => upsertUser(editor, 'at-once', 'Ten')))
    expect(await logOf(user?.id ?? '')).toHaveLength(log.length + 1)
  })

  it('leaves role and kind as the last token said them', async () => {
    await callAs({ sub: 'robot', name: 'Robot', role: 'admin', kind: 'service' })
    expect(await upsertUser(editor, 'robot', 'Robot 2')).toMatchObject({
      name: 'Robot 2',
      role: 'ADMIN',
      kind: 'SERVICE',
    })
  })
})

describe('a name is as it was last said', () => {
  it('by userUpsert, until a token says another than the token before', async () => {
    const claims = { sub: 'nora', name: 'Nora' }
    const { id } = await callAs(claims)
    await upsertUser(editor, 'nora', 'Nora Berg')
    expect(await callAs(claims)).toMatchObject({ id, name: 'Nora Berg' })
    expect(await callAs({ ...claims, role: 'editor' })).toMatchObject({ name: 'Nora Berg', role: 'EDITOR' })
    expect(await callAs({ ...claims, name: 'Nora Lund' })).toMatchObject({ name: 'Nora Lund' })
    expect(await callAs(claims)).toMatchObject({ name: 'Nora' })
    const log = await logOf(id)
    expect(log.map(({ data }) => (data as { name: string }).name)).toEqual([
      // as both actions have it
      'Nora',
      'Nora Berg',
      'Nora Berg',
      'Nora Lund',
      'Nora',
    ])
  })

  it('by the first token, over what userUpsert said before', async () => {
    const { id } = await upsertUser(editor, 'olaf', 'Olaf (new)')
    expect(await callAs({ sub: 'olaf', name: 'Olaf', role: 'editor' })).toMatchObject({
      id,
      name: 'Olaf',
      role: 'EDITOR',
    })
  })

  it('whatever process is asked', async () => {
    const other = await openWorld({ env: { DATABASE_URL: world.env['DATABASE_URL'] ?? '' } })
    try {
      const claims = { sub: 'petra', name: 'Petra' }
      const { id } = await callAs(claims)
      const otherUsers = other.runtime.services.users
      const actor = { type: 'user', userId: uuidOf(id), role: 'EDITOR', requestId: null } as const
      await otherUsers.upsert(actor, { externalId: 'petra', name: 'Petra Falk' })
      // One process knows the token, the other one meets it for the first time.
      const identity = { externalId: 'petra', name: 'Petra', role: 'VIEWER', kind: 'PERSON', expiresAt: null } as const
      await otherUsers.resolveActor(identity, null)
      expect(await callAs(claims)).toMatchObject({ name: 'Petra Falk' })
      expect(await logOf(id)).toHaveLength(2)
    } finally {
      await other.close()
    }
  })
})
