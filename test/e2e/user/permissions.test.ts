import { describe, expect } from 'vitest'
import { makeToken } from '../../../src/adapters/auth.ts'
import { unknownId } from '../../harness/ids.ts'
import { it as base } from '../../harness/mediaIt.ts'
import { readViewerId } from '../../harness/viewer.ts'
import { testSecret } from '../../harness/world.ts'

/** Permissions, each with a call that is refused as FORBIDDEN exactly if the caller lacks it. */
const calls = {
  upload:
    'mutation { result: mediaUploadCreate(input: { fileName: "a.txt", sizeBytes: 5 }) { ... on Error { code } } }',
  link: `mutation { result: mediaLink(input: { mediaId: "${unknownId('Media')}", resource: { type: "lesson", externalId: "1" } }) { ... on Error { code } } }`,
  assign: `mutation { result: assignmentCreate(input: { mediaId: "${unknownId('Media')}", userId: "${unknownId('User')}" }) { ... on Error { code } } }`,
  analytics: '{ analytics { storage { usedFiles } } }',
  purge: `mutation { result: mediaPurge(id: "${unknownId('Media')}") { ... on Error { code } } }`,
  readLog: '{ events(first: 1) { nodes { id } } }',
  administer: 'mutation ($id: ID!) { result: mediaUpdate(input: { id: $id, title: "new" }) { ... on Error { code } } }',
} as const
type Name = keyof typeof calls
const names = Object.keys(calls) as Name[] // as: keys of a literal
const selection = `permissions { ${names.join(' ')} }`

const callers = [
  ['a viewer', { role: 'viewer', kind: 'person' }],
  ['an editor', { role: 'editor', kind: 'person' }],
  ['an admin', { role: 'admin', kind: 'person' }],
  ['a viewing service', { role: 'viewer', kind: 'service' }],
  ['an editing service', { role: 'editor', kind: 'service' }],
  ['an administering service', { role: 'admin', kind: 'service' }],
] as const

const it = base.extend(
  'tokenOf',
  { scope: 'file' },
  () =>
    ({ role, kind }: (typeof callers)[number][1], sub = `${kind} ${role}`) =>
      makeToken(testSecret, { sub, name: sub, role, kind, expires: '1h' }),
)

describe('User.permissions', () => {
  it.for(callers)('of %s are what the calls allow', async ([, claims], { world, createMedia, tokenOf }) => {
    const token = await tokenOf(claims)
    const id = await createMedia()
    const { data } = await world.post(token, `{ viewer { ${selection} } }`)
    const allowed: Record<string, boolean> = {}
    for (const name of names) {
      const { data: answer, errors } = await world.post(token, calls[name], name === 'administer' ? { id } : undefined)
      const { code } = (answer?.['result'] ?? {}) as { code?: string } // as: selected
      allowed[name] = (code ?? errors?.[0]?.extensions?.code) !== 'FORBIDDEN'
    }
    expect(data?.['viewer']).toEqual({ permissions: allowed })
  })

  it('grow with the role', async ({ world, tokenOf }) => {
    const counts: number[] = []
    for (const role of ['viewer', 'editor', 'admin'] as const) {
      const { data } = await world.post(await tokenOf({ role, kind: 'person' }), `{ viewer { ${selection} } }`)
      counts.push(JSON.stringify(data).split('true').length - 1)
    }
    expect(counts).toEqual([0, 4, 7])
  })

  it('follow the role of the token, not that of a newer one', async ({ world, tokenOf }) => {
    const older = await tokenOf({ role: 'admin', kind: 'person' }, 'changed')
    const newer = await tokenOf({ role: 'viewer', kind: 'person' }, 'changed')
    const read = async (token: string) => (await world.post(token, '{ viewer { permissions { purge } } }')).data
    expect(await read(newer)).toEqual({ viewer: { permissions: { purge: false } } })
    expect(await read(older)).toEqual({ viewer: { permissions: { purge: true } } })
  })

  it('are null for every other user', async ({ world, tokenOf }) => {
    const [viewer, admin] = [
      await tokenOf({ role: 'viewer', kind: 'person' }),
      await tokenOf({ role: 'admin', kind: 'person' }),
    ]
    const id = await readViewerId(world, viewer)
    const read = (token: string) => world.post(token, `query ($id: ID!) { user(id: $id) { ${selection} } }`, { id })
    expect((await read(admin)).data).toEqual({ user: { permissions: null } })
    expect((await read(viewer)).data).not.toEqual({ user: { permissions: null } })
  })
})
