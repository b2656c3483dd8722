import { describe, expect } from 'vitest'
import { createAssignment } from '../../harness/assignments.ts'
import { link, newResource } from '../../harness/links.ts'
import { it as base } from '../../harness/mediaIt.ts'
import { seedUserId, trashMedia } from '../../harness/seed.ts'

interface Verdict {
  allowed: boolean
  reason: string | null
}

/** Verdicts, each with the mutation that it predicts; `$user` is a user without an assignment. */
const actions = {
  viewerCanUpdate: 'mediaUpdate(input: { id: $id, title: "new" })',
  viewerCanReplace: 'mediaUploadCreate(input: { fileName: "new.mp4", sizeBytes: 5, replaces: $id })',
  viewerCanDelete: 'mediaDelete(input: { id: $id })',
  viewerCanRestore: 'mediaRestore(id: $id)',
  viewerCanPurge: 'mediaPurge(id: $id)',
  viewerCanAssign: 'assignmentCreate(input: { mediaId: $id, userId: $user })',
} as const
type Name = keyof typeof actions
const names = Object.keys(actions) as Name[] // as: keys of a literal

/** The media belong to Ada. */
const callers = [
  ['a viewer', 'viewer', 'Vera'],
  ['the uploader', 'editor', 'Ada'],
  ['another editor', 'editor', 'Bob'],
  ['an admin', 'admin', 'Root'],
] as const

const states = [
  ['unused', 'READY'],
  ['linked', 'READY'],
  ['assigned', 'READY'],
  ['trashed', 'READY'],
  ['unused', 'PROCESSING'],
  ['unused', 'FAILED'],
  ['trashed', 'FAILED'],
] as const

const it = base.extend('createIn', { scope: 'file' }, ({ world, users: { admin }, createMedia }) => {
  const prepare = {
    async unused() {},
    async linked(id: string) {
      await link(admin, id, newResource())
    },
    async assigned(id: string) {
      await createAssignment(admin, id, await seedUserId(world))
    },
    trashed: (id: string) => trashMedia(world, id),
  }
  return async ([use, status]: (typeof states)[number]) => {
    const id = await createMedia({ status })
    await prepare[use](id)
    return id
  }
})

const cases = states.flatMap((state) =>
  callers.map((caller) => [state[1], state[0], caller[0], state, caller] as const),
)

describe('a verdict', () => {
  it.for(cases)(
    'about a media that is %s and %s tells %s what the mutation answers',
    async ([, , , state, [, role, name]], { world, createIn }) => {
      const token = await world.token(role, name)
      for (const verdict of names) {
        const id = await createIn(state)
        const read = `query ($id: ID!) { media(id: $id, trashed: true) { ${verdict} { allowed reason } } }`
        const { data } = await world.post(token, read, { id })
        const { [verdict]: told } = (data?.['media'] ?? {}) as Record<Name, Verdict> // as: selected
        const user = await seedUserId(world)
        const declared = `$id: ID!${actions[verdict].includes('$user') ? ', $user: ID!' : ''}`
        const write = `mutation (${declared}) { result: ${actions[verdict]} { ... on Error { code message } } }`
        const { data: answer, errors } = await world.post(token, write, { id, user })
        expect(errors, verdict).toBeUndefined()
        const { message = null } = (answer?.['result'] ?? {}) as { message?: string } // as: selected
        expect({ verdict, ...told }).toEqual({ verdict, allowed: message === null, reason: message })
      }
    },
  )
})

it('all verdicts of many media need no further statement', async ({ world, createMedia }) => {
  for (let count = 0; count < 5; count++) await createMedia()
  const token = await world.token('editor', 'Bob')
  const read = (first: number) => {
    const fields = names.map((name) => `${name} { allowed reason }`).join(' ')
    return world.post(token, `{ mediaList(first: ${first}) { nodes { ${fields} } } }`)
  }
  await read(1)
  for (const first of [1, 5]) expect(await world.captureStatements(() => read(first))).toHaveLength(1)
})

it('a refused change of a media in the trash says where it is', async ({ world, createIn }) => {
  const id = await createIn(states[3])
  const token = await world.token('admin', 'Root')
  const write =
    'mutation ($id: ID!) { mediaUpdate(input: { id: $id, title: "new" }) { ... on Error { code message } } }'
  expect((await world.post(token, write, { id })).data?.['mediaUpdate']).toEqual({
    code: 'NOT_FOUND',
    message: 'This media is in the trash. Restore it first.',
  })
})
