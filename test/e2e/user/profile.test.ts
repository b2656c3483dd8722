import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { parse } from 'graphql'
import { describe, expect } from 'vitest'
import { ViewerDocument } from '../../../client/generated/documents.ts'
import { createAssignment } from '../../harness/assignments.ts'
import { it as base } from '../../harness/mediaIt.ts'

// Reads a user on every path on which a viewer can reach one.

const it = base.extend('ids', { scope: 'file' }, async ({ world, users: { editor, viewer }, createMedia }) => {
  const mediaId = await createMedia()
  const link = `mutation ($input: MediaLinkInput!) { mediaLink(input: $input) { __typename } }`
  const resource = { type: 'lesson', externalId: 'lesson-1' }
  await world.post(await world.token('editor', 'Ada'), link, { input: { mediaId, resource } })
  const idOf = async (client: typeof editor) => (await client.send(ViewerDocument, {})).viewer.id
  const [adaId, veraId] = [await idOf(editor), await idOf(viewer)]
  await createAssignment(editor, mediaId, veraId)
  return { mediaId, adaId, veraId }
})

const user = '{ id name kind externalId role }'
const query = `query ($media: ID!, $ids: [ID!]!) {
  media(id: $media) {
    uploadedBy ${user}
    currentVersion { createdBy ${user} }
    usages { nodes { linkedBy ${user} } }
    assignments { nodes { assignedBy ${user} user ${user} } }
  }
  nodes(ids: $ids) { ... on User ${user} }
  viewer ${user}
}`

describe.each([
  ['viewer', 'Vera'],
  ['editor', 'Ada'],
] as const)('a %s', (role, name) => {
  it('reads the profile of others as the rule says, on every path', async ({ world, ids }) => {
    const { data, errors } = await world.post(await world.token(role, name), query, {
      media: ids.mediaId,
      ids: [ids.adaId, ids.veraId],
    })
    expect(errors).toBeUndefined()
    const externalId = role === 'viewer' ? '' : 'ada'
    const ada = { id: ids.adaId, name: 'Ada', kind: 'PERSON', externalId, role: 'EDITOR' }
    const vera = { id: ids.veraId, name: 'Vera', kind: 'PERSON', externalId: 'vera', role: 'VIEWER' }
    expect(data).toEqual({
      media: {
        uploadedBy: ada,
        currentVersion: { createdBy: ada },
        usages: { nodes: [{ linkedBy: ada }] },
        assignments: { nodes: [{ assignedBy: ada, user: vera }] },
      },
      nodes: [role === 'viewer' ? null : ada, vera],
      viewer: role === 'viewer' ? vera : ada,
    })
  })

  it('reads the same in a subscription', async ({ ids, users }) => {
    const client = role === 'viewer' ? users.viewer : users.editor
    const document = parse(`subscription ($id: ID!) { mediaProgress(ids: [$id]) { uploadedBy { externalId } } }`)
    // as: a document without generated types
    const events = client.follow(document as TypedDocumentNode<object, { id: string }>, { id: ids.mediaId })
    const { value } = await events.next()
    await events.return?.()
    expect(value).toEqual({ mediaProgress: { uploadedBy: { externalId: role === 'viewer' ? '' : 'ada' } } })
  })
})
