import type { ConcreteRequest, ReaderFragment } from 'relay-runtime'

/**
 * Artifacts as relay-compiler writes them for two refetchable fragments, without its package: it is 43 MB.
 *
 *     fragment mediaTitle on Media @refetchable(queryName: "mediaTitleQuery") { title }
 *
 *     fragment mediaPage on Query @refetchable(queryName: "mediaPageQuery")
 *       @argumentDefinitions(first: { type: "Int", defaultValue: 2 }, after: { type: "String" }) {
 *       mediaList(first: $first, after: $after) @connection(key: "mediaPage_mediaList") { edges { node { id title } } }
 *     }
 */

const field = (name: string) => ({ kind: 'ScalarField', name, alias: null, args: null, storageKey: null })

const linked = (name: string, concreteType: string | null, selections: object[], args: object[] | null = null) => {
  const plural = name === 'edges'
  return { kind: 'LinkedField', name, alias: null, args, concreteType, plural, selections, storageKey: null }
}

const variable = (name: string) => ({ kind: 'Variable', name, variableName: name })

const argument = (name: string, defaultValue: unknown = null) => ({ kind: 'LocalArgument', name, defaultValue })

const request = (name: string, text: string, args: object[], selections: object[], operationSelections: object[]) =>
  ({
    kind: 'Request',
    fragment: { kind: 'Fragment', name, type: 'Query', metadata: null, argumentDefinitions: args, selections },
    operation: { kind: 'Operation', name, argumentDefinitions: args, selections: operationSelections },
    params: { cacheID: name, id: null, metadata: {}, name, operationKind: 'query', text },
  }) as unknown as ConcreteRequest // as: the literals are typed as string

const spread = (name: string, args: object[] | null = null) => ({ kind: 'FragmentSpread', name, args })

const onMedia = { kind: 'InlineFragment', type: 'Media', abstractKey: null, selections: [field('title')] }

const mediaTitleQuery = request(
  'mediaTitleQuery',
  `query mediaTitleQuery($id: ID!) { node(id: $id) { __typename ...mediaTitle id } }
   fragment mediaTitle on Media { title id }`,
  [argument('id')],
  [linked('node', null, [spread('mediaTitle')], [variable('id')])],
  [linked('node', null, [field('__typename'), field('id'), onMedia], [variable('id')])],
)

export const mediaTitle = {
  kind: 'Fragment',
  name: 'mediaTitle',
  type: 'Media',
  argumentDefinitions: [],
  metadata: {
    refetch: {
      connection: null,
      fragmentPathInResult: ['node'],
      operation: mediaTitleQuery,
      identifierInfo: { identifierField: 'id', identifierQueryVariableName: 'id' },
    },
  },
  selections: [field('title'), field('id')],
} as unknown as ReaderFragment // as: the literals are typed as string

const pageArguments = [argument('after'), argument('first', 2)]
const pageVariables = [variable('after'), variable('first')]
const edges = linked('edges', 'MediaEdge', [
  linked('node', 'Media', [field('id'), field('title'), field('__typename')]),
  field('cursor'),
])
const pageInfo = linked('pageInfo', 'PageInfo', [field('endCursor'), field('hasNextPage')])
const handle = { kind: 'LinkedHandle', handle: 'connection', key: 'mediaPage_mediaList', name: 'mediaList' }

const mediaPageQuery = request(
  'mediaPageQuery',
  `query mediaPageQuery($after: String, $first: Int = 2) { ...mediaPage }
   fragment mediaPage on Query { mediaList(first: $first, after: $after) {
     edges { node { id title __typename } cursor } pageInfo { endCursor hasNextPage } } }`,
  pageArguments,
  [spread('mediaPage', pageVariables)],
  [
    linked('mediaList', 'MediaConnection', [edges, pageInfo], pageVariables),
    { ...handle, alias: null, args: pageVariables, filters: null },
  ],
)

const forward = { count: 'first', cursor: 'after' }
const path = ['mediaList']

export const mediaPage = {
  kind: 'Fragment',
  name: 'mediaPage',
  type: 'Query',
  argumentDefinitions: pageArguments,
  metadata: {
    connection: [{ ...forward, direction: 'forward', path }],
    refetch: { connection: { forward, backward: null, path }, fragmentPathInResult: [], operation: mediaPageQuery },
  },
  selections: [
    {
      ...linked('__mediaPage_mediaList_connection', 'MediaConnection', [edges, pageInfo]),
      alias: 'mediaList',
    },
  ],
} as unknown as ReaderFragment // as: the literals are typed as string
