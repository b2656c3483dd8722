import { print } from 'graphql'
import { FollowEventsDocument, type FollowEventsSubscription } from '../../client/generated/documents.ts'
import { type CollectRequest, type OpenRequest, runSubscribers } from './frames.ts'

interface FollowersOpenRequest extends OpenRequest {
  url: string
  token: string
  count: number
}

export type FollowersRequest = FollowersOpenRequest | CollectRequest

export interface ReceivedEvent {
  atMs: number
  nodeId: string
}

const payload = { query: print(FollowEventsDocument), variables: { actions: ['rendition.requested'] } }

runSubscribers(
  ({ url, token, count }: FollowersOpenRequest) =>
    Array.from({ length: count }, () => ({ url, token, payload, hasState: false })),
  ({ events: { nodeId } }: FollowEventsSubscription): Omit<ReceivedEvent, 'atMs'> => ({ nodeId }),
)
