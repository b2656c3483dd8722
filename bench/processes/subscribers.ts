import { print } from 'graphql'
import { MediaProgressDocument, type MediaProgressSubscription } from '../../client/generated/documents.ts'
import { type CollectRequest, type OpenRequest, runSubscribers } from './frames.ts'

interface SubscribersOpenRequest extends OpenRequest {
  mediaIds: string[]
}

export type SubscribersRequest = SubscribersOpenRequest | CollectRequest

export interface ReceivedProgress {
  atMs: number
  percent: number
}

const query = print(MediaProgressDocument)

runSubscribers(
  ({ url, token, mediaIds }: SubscribersOpenRequest) =>
    mediaIds.map((mediaId) => ({
      url,
      token,
      payload: { query, variables: { ids: [`Media:${mediaId}`] } },
      hasState: true,
    })),
  ({ mediaProgress }: MediaProgressSubscription): Omit<ReceivedProgress, 'atMs'> => ({
    percent: mediaProgress.renditions.find(({ profile }) => profile === 'WEBM')?.percent ?? Number.NaN,
  }),
)
