import { print } from 'graphql'
import { LibraryChangesDocument, type LibraryChangesSubscription } from '../../client/generated/documents.ts'
import { type CollectRequest, type OpenRequest, runSubscribers } from './frames.ts'

interface ListSubscribersOpenRequest extends OpenRequest {
  url: string
  token: string
  filter: object
  count: number
}

export type ListSubscribersRequest = ListSubscribersOpenRequest | CollectRequest

export interface ReceivedChanges {
  atMs: number
  sizeBytes: number
  changes: number
}

const query = print(LibraryChangesDocument)

runSubscribers(
  ({ url, token, filter, count }: ListSubscribersOpenRequest) =>
    Array.from({ length: count }, () => ({ url, token, payload: { query, variables: { filter } }, hasState: true })),
  ({ libraryChanges }: LibraryChangesSubscription) => ({ changes: libraryChanges.length }),
)
