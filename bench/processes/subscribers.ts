import { print } from 'graphql'
import { MediaProgressDocument, type MediaProgressSubscription } from '../../client/generated/documents.ts'
import { type Collecting, type Opening, runSubscribers } from './frames.ts'

interface OpenQuestion extends Opening {
  mediaIds: string[]
}

export type SubscribersQuestion = OpenQuestion | Collecting

export interface Sighting {
  atMs: number
  percent: number
}

const query = print(MediaProgressDocument)

runSubscribers(
  ({ url, token, mediaIds }: OpenQuestion) =>
    mediaIds.map((mediaId) => ({
      url,
      token,
      payload: { query, variables: { ids: [`Media:${mediaId}`] } },
      hasState: true,
    })),
  ({ mediaProgress }: MediaProgressSubscription): Omit<Sighting, 'atMs'> => ({
    percent: mediaProgress.renditions.find(({ profile }) => profile === 'WEBM')?.percent ?? Number.NaN,
  }),
)
