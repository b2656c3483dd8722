import { print } from 'graphql'
import { FollowEventsDocument, type FollowEventsSubscription } from '../../client/generated/documents.ts'
import { type Collecting, type Opening, runSubscribers } from './frames.ts'

interface OpenQuestion extends Opening {
  count: number
}

export type FollowersQuestion = OpenQuestion | Collecting

export interface Seen {
  atMs: number
  nodeId: string
}

const payload = { query: print(FollowEventsDocument), variables: { actions: ['rendition.requested'] } }

runSubscribers(
  ({ url, token, count }: OpenQuestion) =>
    Array.from({ length: count }, () => ({ url, token, payload, hasState: false })),
  ({ events: { nodeId } }: FollowEventsSubscription): Omit<Seen, 'atMs'> => ({ nodeId }),
)
