import { describe, expect } from 'vitest'
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
import { it } from '../../harness/it.ts'
import { codeOf } from '../../harness/refusals.ts'
import { openWorld, testSecret, type World } from '../../harness/world.ts'
import { listUsers, upsert, upsertUser } from './calls.ts'

/** Returns the `viewer` of a token with these claims. */
const callAs = async (world: World, claims: Partial<TokenOptions>) => {
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

const logOf = async (world: World, id: string) => {
  const { database } = world.runtime.ports
  const rows = await database.event.findMany({ where: { nodeId: uuidOf(id) }, orderBy: { id: 'asc' } })
  return rows.map(({ action, actorId, data }) => ({ action, actorId, data }))
}

describe('users', () => {
  it('refuse callers without a valid token', async ({ world }) => {
    const anonymous = createClient({ url: world.graphqlUrl, token: 'none' })
    expect(await codeOf(anonymous.send(UsersDocument, {}))).toBe('UNAUTHENTICATED')
  })

  it('refuse viewers', async ({ users: { viewer } }) => {
    expect(await codeOf(listUsers(viewer, {}))).toBe('FORBIDDEN')
  })

  it('refuse viewers before they validate the arguments', async ({ users: { viewer } }) => {
    expect(await codeOf(listUsers(viewer, { first: 0 }))).toBe('FORBIDDEN')
  })

  it('are listed for editors and admins', async ({ users: { viewer, editor, admin } }) => {
    await viewer.send(ViewerDocument, {})
    await admin.send(ViewerDocument, {})
    expect((await listUsers(editor, {})).nodes.map(({ name }) => name)).toEqual(['Ada', 'Root', 'Vera'])
    expect(await listUsers(admin, {})).toEqual(await listUsers(editor, {}))
  })

  it.for<[string, UsersQueryVariables]>([
    ['first: 101', { first: 101 }],
    ['first and last', { first: 1, last: 1 }],
    ['a search of 256 characters', { search: 'a'.repeat(256) }],
    ['a search of 10,000 characters', { search: 'a'.repeat(10_000) }],
    ['a malformed cursor', { after: 'x' }],
  ])('refuse %s', async ([, variables], { users: { editor } }) => {
    expect(await codeOf(listUsers(editor, variables))).toBe('INVALID_INPUT')
  })

  it('refuse a cursor of another order', async ({ users: { editor } }) => {
    const { pageInfo } = await listUsers(editor, { first: 1 })
    expect(await codeOf(listUsers(editor, { first: 1, after: pageInfo.endCursor }))).toBe('no error')
    expect(await codeOf(listUsers(editor, { first: 1, after: pageInfo.endCursor, search: 'Ada' }))).toBe(
      'INVALID_INPUT',
    )
  })
})

describe('user', () => {
  const find = async (id: string, client: Client) => (await client.send(UserDocument, { id })).user

  it('lets viewers read themselves', async ({ users: { viewer } }) => {
    const { viewer: vera } = await viewer.send(ViewerDocument, {})
    expect(await find(vera.id, viewer)).toEqual({ id: vera.id, name: 'Vera', role: 'VIEWER' })
  })

  it('is null for viewers who ask for another user', async ({ users: { viewer, editor } }) => {
    const { viewer: ada } = await editor.send(ViewerDocument, {})
    expect(await find(ada.id, viewer)).toBeNull()
  })

  it('returns any user to editors and admins', async ({ users: { viewer, editor, admin } }) => {
    const { viewer: vera } = await viewer.send(ViewerDocument, {})
    for (const client of [editor, admin]) expect(await find(vera.id, client)).toMatchObject({ name: 'Vera' })
  })

  it('is null for an unknown id', async ({ users: { viewer, editor } }) => {
    for (const client of [viewer, editor]) expect(await find(unknownId('User'), client)).toBeNull()
  })

  it('refuses malformed ids', async ({ users: { viewer, editor } }) => {
    const { viewer: vera } = await viewer.send(ViewerDocument, {})
    for (const client of [viewer, editor])
      for (const id of ['', 'User:1', uuidOf(vera.id), `Media:${uuidOf(vera.id)}`])
        expect(await codeOf(find(id, client))).toBe('INVALID_INPUT')
  })
})

describe('userUpsert', () => {
  it('refuses viewers', async ({ users: { viewer } }) => {
    expect((await upsert(viewer, { externalId: 'lms-1', name: 'Lea' })).__typename).toBe('ForbiddenError')
  })

  it('refuses viewers before it validates the input', async ({ users: { viewer } }) => {
    expect((await upsert(viewer, { externalId: '', name: '' })).__typename).toBe('ForbiddenError')
  })

  it('creates a user', async ({ users: { editor } }) => {
    const created = await upsertUser(editor, 'lms-1', 'Lea')
    expect(created).toMatchObject({ externalId: 'lms-1', name: 'Lea', role: 'VIEWER', kind: 'PERSON' })
  })

  it('returns an existing user of the same name unchanged', async ({ users: { editor } }) => {
    const created = await upsertUser(editor, 'lms-2', 'Lea')
    expect(await upsert(editor, { externalId: 'lms-2', name: 'Lea' })).toEqual(created)
  })

  it('renames an existing user', async ({ users: { editor, admin } }) => {
    const created = await upsertUser(editor, 'lms-3', 'Lea')
    expect(await upsert(admin, { externalId: ' lms-3 ', name: 'Lea Maria' })).toEqual({ ...created, name: 'Lea Maria' })
  })

  it('logs creations and changes, but no repetitions', async ({ world, users: { editor, admin } }) => {
    const input = { externalId: 'lms-4', name: 'Lea' }
    const created = await upsertUser(editor, 'lms-4', 'Lea')
    await upsert(editor, input)
    await upsert(admin, { externalId: ' lms-4 ', name: 'Lea Maria' })
    expect(await upsert(editor, { externalId: 'lms-4', name: ' Lea Maria ' })).toEqual({
      ...created,
      name: 'Lea Maria',
    })
    const [ada, root] = await Promise.all([editor, admin].map(async (client) => client.send(ViewerDocument, {})))
    expect(await logOf(world, created.id)).toEqual([
      { action: 'user.appeared', actorId: uuidOf(ada?.viewer.id ?? ''), data: input },
      {
        action: 'user.changed',
        actorId: uuidOf(root?.viewer.id ?? ''),
        data: { name: 'Lea Maria', role: 'VIEWER', kind: 'PERSON' },
      },
    ])
  })

  it.for<[string, UserUpsertInput, string[]]>([
    ['nothing', { externalId: '', name: '' }, ['externalId', 'name']],
    ['blanks', { externalId: ' ', name: '\t\u200e' }, ['externalId', 'name']],
    ['256 characters', { externalId: 'a'.repeat(256), name: 'a' }, ['externalId']],
    ['10,000 characters', { externalId: 'a'.repeat(10_000), name: 'a' }, ['externalId']],
    ['a NUL', { externalId: 'a\0b', name: 'a' }, ['externalId']],
    ['a lone surrogate', { externalId: 'a\ud800', name: 'a' }, ['externalId']],
    ['an invisible key', { externalId: '\u200e', name: 'a' }, ['externalId']],
  ])('refuses %s', async ([, input, paths], { users: { editor } }) => {
    const refusal = await upsert(editor, input)
    if (refusal.__typename !== 'InvalidInputError') throw new Error(refusal.__typename)
    expect([...new Set(refusal.fields.map(({ path }) => path))]).toEqual(paths)
  })

  it.for<[string, string, string]>([
    ['256 characters', 'a'.repeat(256), 'a'.repeat(255)],
    ['10,000 characters', 'a'.repeat(10_000), 'a'.repeat(255)],
    ['a NUL', 'a\0b', 'ab'],
    ['a lone surrogate', 'a\udc00', 'a'],
    ['two lines', 'a\nb', 'a b'],
    ['a bidirectional override', 'a\u202eb', 'ab'],
  ])('cleans a name with %s', async ([text, name, expected], { users: { editor } }) => {
    expect((await upsertUser(editor, `cleaned: ${text}`, name)).name).toBe(expected)
  })

  it('accepts 255 characters of any script', async ({ users: { editor } }) => {
    const input = { externalId: '\u{1F393}'.repeat(127), name: `${'名'.repeat(253)}\u{1F393}` }
    expect(await upsert(editor, input)).toMatchObject(input)
  })

  it('creates one user for concurrent calls', async ({ world, users: { editor } }) => {
    const names = ['One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight']
    const created = await Promise.all([
      ...names.map((name) => upsertUser(editor, 'at-once', name)),
      callAs(world, { sub: 'at-once', name: 'Nine', role: 'editor' }),
    ])
    expect(new Set(created.map(({ id }) => id)).size).toBe(1)
    const [user] = created
    const log = await logOf(world, user?.id ?? '')
    expect(log.filter(({ action }) => action === 'user.appeared')).toHaveLength(1)
    const row = await world.runtime.ports.database.user.findUniqueOrThrow({ where: { externalId: 'at-once' } })
    expect(row).toMatchObject({ role: 'EDITOR', kind: 'PERSON' })
    // The last log row describes the final state.
    expect(log.at(-1)?.data).toEqual({ name: row.name, role: row.role, kind: row.kind })
    await Promise.all(names.map(() => upsertUser(editor, 'at-once', 'Ten')))
    expect(await logOf(world, user?.id ?? '')).toHaveLength(log.length + 1)
  })

  it('keeps the role and kind of the last token', async ({ world, users: { editor } }) => {
    await callAs(world, { sub: 'robot', name: 'Robot', role: 'admin', kind: 'service' })
    expect(await upsertUser(editor, 'robot', 'Robot 2')).toMatchObject({
      name: 'Robot 2',
      role: 'ADMIN',
      kind: 'SERVICE',
    })
  })
})

describe("a user's name", () => {
  it('is that of userUpsert until a token has another name than the last token', async ({
    world,
    users: { editor },
  }) => {
    const claims = { sub: 'nora', name: 'Nora' }
    const { id } = await callAs(world, claims)
    await upsertUser(editor, 'nora', 'Nora Berg')
    expect(await callAs(world, claims)).toMatchObject({ id, name: 'Nora Berg' })
    expect(await callAs(world, { ...claims, role: 'editor' })).toMatchObject({ name: 'Nora Berg', role: 'EDITOR' })
    expect(await callAs(world, { ...claims, name: 'Nora Lund' })).toMatchObject({ name: 'Nora Lund' })
    expect(await callAs(world, claims)).toMatchObject({ name: 'Nora' })
    const log = await logOf(world, id)
    const names = log.map(({ data }) => (data as { name: string }).name) // both actions have a name
    expect(names).toEqual(['Nora', 'Nora Berg', 'Nora Berg', 'Nora Lund', 'Nora'])
  })

  it('is that of the first token after a userUpsert', async ({ world, users: { editor } }) => {
    const { id } = await upsertUser(editor, 'olaf', 'Olaf (new)')
    expect(await callAs(world, { sub: 'olaf', name: 'Olaf', role: 'editor' })).toMatchObject({
      id,
      name: 'Olaf',
      role: 'EDITOR',
    })
  })

  it('is the same in all processes', async ({ world }) => {
    const other = await openWorld({ env: { DATABASE_URL: world.env['DATABASE_URL'] ?? '' } })
    try {
      const claims = { sub: 'petra', name: 'Petra' }
      const { id } = await callAs(world, claims)
      const otherUsers = other.runtime.services.users
      const actor = { type: 'user', userId: uuidOf(id), role: 'EDITOR', requestId: null } as const
      await otherUsers.upsert(actor, { externalId: 'petra', name: 'Petra Falk' })
      // One process has seen the token; the other one receives it for the first time.
      const identity = {
        externalId: 'petra',
        name: 'Petra',
        role: 'VIEWER',
        kind: 'PERSON',
        hasName: true,
        expiresAt: null,
      } as const
      await otherUsers.resolveActor(identity, null)
      expect(await callAs(world, claims)).toMatchObject({ name: 'Petra Falk' })
      expect(await logOf(world, id)).toHaveLength(2)
    } finally {
      await other.close()
    }
  })
})
