import { print } from 'graphql'
import { MediaProgressDocument, type MediaProgressSubscription } from '../../client/generated/documents.ts'
import { type CollectRequest, type OpenRequest, runSubscribers } from './frames.ts'

interface SubscribersOpenRequest extends OpenRequest {
  /** Servers, tokens and media: each subscriber takes the next of each list. */
  urls: string[]
  tokens: string[]
  mediaIds: string[]
  count: number
}

export type SubscribersRequest = SubscribersOpenRequest | CollectRequest

export interface ReceivedProgress {
  atMs: number
  sizeBytes: number
  percent: number
}

const query = print(MediaProgressDocument)

runSubscribers(
  ({ urls, tokens, mediaIds, count }: SubscribersOpenRequest) =>
    Array.from({ length: count }, (_, index) => ({
      url: urls[index % urls.length] ?? '',
      token: tokens[index % tokens.length] ?? '',
      payload: { query, variables: { ids: [`Media:${mediaIds[index % mediaIds.length]}`] } },
      hasState: true,
    })),
  ({ mediaProgress }: MediaProgressSubscription) => ({
    percent: mediaProgress.renditions.find(({ profile }) => profile === 'WEBM')?.percent ?? Number.NaN,
  }),
)
