import { queryOptions, useQuery } from '@tanstack/react-query'
import {
  type MediaFilter,
  type MediaKind,
  SelectorMediaDocument,
  type SelectorMediaQuery,
  SelectorPreviewDocument,
} from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { useServer } from './context.ts'

export type SelectedMedia = SelectorMediaQuery['mediaList']['nodes'][number]

const pageSize = 100

/** Asks for one media with what a preview shows; null while none is looked at. */
export const useMediaPreview = (id: string | null) => {
  const { send } = useServer()
  return useQuery(
    queryOptions({
      queryKey: keys.mediaPreview(id),
      queryFn: ({ signal }) => send(SelectorPreviewDocument, { id: id ?? '' }, { signal }),
      select: ({ media }) => media,
      enabled: id !== null,
    }),
  )
}

/** Media by their ids, or all that match a filter without some exceptions. */
export type MediaChoice = { ids: string[] } | { filter: MediaFilter; exceptIds: string[] }

/**
 * Returns a function that reads what was chosen: by ids in their order, else the newest first. Media that are gone or of
 * another kind are left out.
 */
export const useReadChoice = (kinds?: MediaKind[]) => {
  const { send } = useServer()

  const readAll = async (filter: MediaFilter, max: number): Promise<SelectedMedia[]> => {
    const media: SelectedMedia[] = []
    let after: string | null = null
    do {
      const { mediaList }: SelectorMediaQuery = await send(SelectorMediaDocument, { filter, after })
      media.push(...mediaList.nodes)
      after = mediaList.pageInfo.hasNextPage ? mediaList.pageInfo.endCursor : null
    } while (after !== null && media.length < max)
    return media
  }

  return async (choice: MediaChoice, max: number): Promise<SelectedMedia[]> => {
    if ('filter' in choice) {
      const all = await readAll(choice.filter, max + choice.exceptIds.length)
      return all.filter(({ id }) => !choice.exceptIds.includes(id)).slice(0, max)
    }
    const pages = await Promise.all(
      Array.from({ length: Math.ceil(choice.ids.length / pageSize) }, (_, page) => {
        const ids = choice.ids.slice(page * pageSize, (page + 1) * pageSize)
        return readAll({ ids, kinds }, pageSize)
      }),
    )
    const byId = new Map(pages.flat().map((media) => [media.id, media]))
    return choice.ids.flatMap((id) => byId.get(id) ?? [])
  }
}
