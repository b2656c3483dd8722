import type { statements } from './statements.ts'

export type DocumentName = keyof typeof statements

/** One query in the words of each kind of server; aliases give all answers the same order of fields. */
export interface Document {
  description: string
  mediagraph: string
  postgraphile: string
  /** Size of the requested page, or null if the document requests one media by its id. */
  first: number | null
}

const mediaFields = 'title kind status mimeType sizeBytes uploadedAt tags'
const renditionFields = 'profile status percent mimeType sizeBytes width height'
const renditions = `renditions { id ${renditionFields} }`
const renditionRows = `renditions: renditionsByVersionId(orderBy: [PROFILE_ASC]) { nodes { id: rowId ${renditionFields} } }`
const rows = 'condition: { deletedAt: null }, orderBy: [UPLOADED_AT_DESC, ROW_ID_DESC]'

export const documents: Record<DocumentName, Document> = {
  nested: {
    description: '20 media with usages and resources, 5 history rows, versions, renditions',
    mediagraph: `query Nested($first: Int!) {
      mediaList(first: $first) {
        edges { node {
          id ${mediaFields} usageCount
          usages(first: 5) { nodes { id linkedAt resource { id type externalId title } } }
          history(first: 5) { nodes { id at action data } }
          versions(first: 5) { nodes { id number status sizeBytes createdAt ${renditions} } }
          ${renditions}
        } }
        pageInfo { hasNextPage }
      }
    }`,
    postgraphile: `query Nested($first: Int!) {
      mediaList: allMedia(first: $first, ${rows}) {
        edges { node {
          id: rowId ${mediaFields} usageCount
          usages: mediaUsagesByMediaId(first: 5, orderBy: [ROW_ID_ASC]) {
            nodes { id: rowId linkedAt resource: resourceByResourceId { id: rowId type externalId title } }
          }
          history: eventsByMediaId(first: 5, orderBy: [AT_DESC, ROW_ID_DESC]) { nodes { id: rowId at action data } }
          versions: mediaVersionsByMediaId(first: 5, orderBy: [NUMBER_DESC]) {
            nodes { id: rowId number status sizeBytes createdAt ${renditionRows} }
          }
          currentVersion: mediaVersionByCurrentVersionId { ${renditionRows} }
        } }
        pageInfo { hasNextPage }
      }
    }`,
    first: 20,
  },
  media: {
    description: 'media(id) with 10 fields',
    mediagraph: `query One($id: ID!) { media(id: $id) { id ${mediaFields} fileName usageCount } }`,
    postgraphile: `query One($id: UUID!) {
      media: mediaByRowId(rowId: $id) { id: rowId ${mediaFields} fileName usageCount }
    }`,
    first: null,
  },
  list: {
    description: 'mediaList of 100 with scalars',
    mediagraph: `query List($first: Int!) {
      mediaList(first: $first) { edges { node { id ${mediaFields} } } pageInfo { hasNextPage } }
    }`,
    postgraphile: `query List($first: Int!) {
      mediaList: allMedia(first: $first, ${rows}) { edges { node { id: rowId ${mediaFields} } } pageInfo { hasNextPage } }
    }`,
    first: 100,
  },
}
