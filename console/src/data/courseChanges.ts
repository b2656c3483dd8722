import { type InfiniteData, useQueryClient } from '@tanstack/react-query'
import {
  ResourceMediaDocument,
  ResourceMediaLinkDocument,
  type ResourceMediaQuery,
  ResourceMediaSetDocument,
  ResourceMediaUnlinkDocument,
  type ResourceRef,
} from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { unwrap } from '../api/refusal.ts'
import { useServer } from './context.ts'

/** Maximum number of media of one resource that can be replaced at once. */
export const maxReplaced = 1000
const pageSize = 100

type MediaPages = InfiniteData<ResourceMediaQuery, string | null>

const withoutMedia = (pages: MediaPages | undefined, mediaId: string): MediaPages | undefined =>
  pages && {
    ...pages,
    pages: pages.pages.map(({ resource }) => {
      if (resource === null) return { resource }
      const nodes = resource.usages.nodes.filter(({ media }) => media.id !== mediaId)
      const removed = resource.usages.nodes.length - nodes.length
      return {
        resource: {
          ...resource,
          usages: { ...resource.usages, nodes, totalCount: resource.usages.totalCount - removed },
        },
      }
    }),
  }

export interface LinkOutcome {
  linkedCount: number
  /** Errors by media that were not linked. */
  errors: Error[]
}

/** Returns the changes of what a resource shows. Each rejects with RefusalError or RequestError. */
export const useCourseChanges = (resource: ResourceRef) => {
  const { send } = useServer()
  const queryClient = useQueryClient()

  const reload = (): Promise<unknown> =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: keys.allCourses }),
      queryClient.invalidateQueries({ queryKey: keys.allMedia }),
    ])

  const linkOne = async (mediaId: string): Promise<void> => {
    const options = { idempotencyKey: crypto.randomUUID() }
    unwrap((await send(ResourceMediaLinkDocument, { input: { mediaId, resource } }, options)).mediaLink)
  }

  return {
    /** Links media one after the other, since a resource shows them in this order. Those that are refused stop no others. */
    async link(mediaIds: readonly string[]): Promise<LinkOutcome> {
      const errors: Error[] = []
      for (const mediaId of mediaIds)
        await linkOne(mediaId).catch((error) => errors.push(error instanceof Error ? error : new Error(String(error))))
      void reload()
      return { linkedCount: mediaIds.length - errors.length, errors }
    },

    /** Unlinks a media, which disappears at once and returns if the server refuses. */
    async unlink(mediaId: string): Promise<void> {
      const queryKey = keys.resourceMedia(resource)
      await queryClient.cancelQueries({ queryKey })
      const previous = queryClient.getQueryData<MediaPages>(queryKey)
      queryClient.setQueryData<MediaPages>(queryKey, (pages) => withoutMedia(pages, mediaId))
      try {
        const options = { idempotencyKey: crypto.randomUUID() }
        unwrap((await send(ResourceMediaUnlinkDocument, { input: { mediaId, resource } }, options)).mediaUnlink)
      } catch (error) {
        queryClient.setQueryData(queryKey, previous)
        throw error
      }
      void reload()
    },

    /** Links exactly these media, and unlinks all others. */
    async replace(mediaIds: readonly string[]): Promise<void> {
      const input = { resource, mediaIds: [...mediaIds] }
      const options = { idempotencyKey: crypto.randomUUID() }
      unwrap((await send(ResourceMediaSetDocument, { input }, options)).resourceMediaSet)
      void reload()
    },

    /** Returns the ids of all media that are linked; null if there are more than can be replaced. */
    async readLinkedIds(): Promise<string[] | null> {
      const ids: string[] = []
      let after: string | null = null
      do {
        const answer: ResourceMediaQuery = await send(ResourceMediaDocument, { ref: resource, first: pageSize, after })
        const { nodes = [], pageInfo } = answer.resource?.usages ?? {}
        ids.push(...nodes.map(({ media }) => media.id))
        after = pageInfo?.hasNextPage ? pageInfo.endCursor : null
        if (ids.length > maxReplaced) return null
      } while (after !== null)
      return ids
    },
  }
}
