import relay, { type ReaderFragment, type Variables } from 'relay-runtime'
import { describe, expect } from 'vitest'
import { MediaUpdateDocument } from '../../../client/generated/documents.ts'
import { globalId } from '../../../src/services/kernel/ids.ts'
import { it as base } from '../../harness/it.ts'
import { seedMedia } from '../../harness/seed.ts'
import { mediaPage, mediaTitle } from './artifacts.ts'

const { createOperationDescriptor, Environment, fetchQuery, Network, RecordSource, Store } = relay
const { getPaginationMetadata, getPaginationVariables, getRefetchMetadata, getSelector, ROOT_ID } = relay

interface Page {
  mediaList: {
    edges: { node: { id: string; title: string } }[]
    pageInfo: { endCursor: string | null; hasNextPage: boolean }
  }
}

const it = base
  .extend('mediaIds', { scope: 'file' }, async ({ world }) => {
    const ids = await seedMedia(world, 5, { uploader: 'Ada' })
    return ids.map((id) => globalId('Media', id)).toReversed()
  })
  .extend('environment', async ({ world }) => {
    const token = await world.token('editor', 'Ada')
    const network = Network.create(async ({ text }, variables) => {
      const { data, errors = [] } = await world.post(token, text ?? '', variables)
      if (data == null) throw new Error(errors[0]?.message)
      return { data }
    })
    const environment = new Environment({ network, store: new Store(new RecordSource()) })

    /** Reads a fragment of a record from the store, as the hooks of Relay do. */
    const read = <Data>(fragment: ReaderFragment, dataId: string, variables: Variables): Data => {
      const { request } = createOperationDescriptor(getRefetchMetadata(fragment, 'test').refetchableRequest, variables)
      const reference = { __id: dataId, __fragments: { [fragment.name]: {} }, __fragmentOwner: request }
      const selector = getSelector(fragment, reference)
      if (selector?.kind !== 'SingularReaderSelector') throw new Error(`${fragment.name} cannot be selected.`)
      const snapshot = environment.lookup(selector)
      expect(snapshot.isMissingData).toBe(false)
      return snapshot.data as unknown as Data // as: the shape of the fragment
    }

    return { environment, read }
  })

describe('Relay', () => {
  it('refetches a fragment of a media by its node', async ({
    users: { editor },
    mediaIds,
    environment: relayClient,
  }) => {
    const { environment, read } = relayClient
    const [id = ''] = mediaIds
    const { refetchableRequest, identifierInfo } = getRefetchMetadata(mediaTitle, 'test')
    const variables = { [identifierInfo?.identifierQueryVariableName ?? '']: id }
    for (const title of ['Tides', 'Tides, revised']) {
      await editor.send(MediaUpdateDocument, { input: { id, title } })
      await fetchQuery(environment, refetchableRequest, variables).toPromise()
      expect(read(mediaTitle, id, variables)).toMatchObject({ id, title })
    }
  })

  it('appends every page of a connection to those before', async ({ mediaIds, environment: { environment, read } }) => {
    const { paginationRequest, paginationMetadata } = getPaginationMetadata(mediaPage, 'test')
    const readPage = () => read<Page>(mediaPage, ROOT_ID, { first: 2 }).mediaList
    const loadNext = async (cursor: string | null): Promise<void> => {
      const variables = getPaginationVariables('forward', 2, cursor, {}, {}, paginationMetadata)
      await fetchQuery(environment, paginationRequest, variables).toPromise()
    }
    await loadNext(null)
    const lengths = [readPage().edges.length]
    while (readPage().pageInfo.hasNextPage && lengths.length < 5) {
      await loadNext(readPage().pageInfo.endCursor)
      lengths.push(readPage().edges.length)
    }
    expect(lengths).toEqual([2, 4, 5])
    expect(readPage().edges.map(({ node }) => node.id)).toEqual(mediaIds)
  })
})
