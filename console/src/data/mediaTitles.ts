import { useQuery } from '@tanstack/react-query'
import { MediaTitlesDocument, type MediaTitlesQuery } from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { useServer } from './context.ts'

export type MediaTitle = Extract<NonNullable<MediaTitlesQuery['nodes'][number]>, { title: string }>

const maxIds = 100

/** Titles and pictures of media by their ids. Media in the trash, and purged ones, are missing. */
export const useMediaTitles = (ids: readonly string[]) => {
  const { send } = useServer()
  return useQuery({
    queryKey: keys.mediaTitles(ids),
    queryFn: async ({ signal }) => {
      const pages = Array.from({ length: Math.ceil(ids.length / maxIds) }, (_, page) =>
        ids.slice(page * maxIds, (page + 1) * maxIds),
      )
      const answers = await Promise.all(pages.map((page) => send(MediaTitlesDocument, { ids: page }, { signal })))
      const media = answers
        .flatMap(({ nodes }) => nodes)
        .filter((node): node is MediaTitle => !!node && 'title' in node)
      return new Map(media.map((one) => [one.id, one]))
    },
    placeholderData: (previous) => previous,
    enabled: ids.length > 0,
  })
}
