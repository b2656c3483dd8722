import { useInfiniteQuery } from '@tanstack/react-query'
import { LinkTargetsDocument, type LinkTargetsQuery } from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { useServer } from './context.ts'

export type LinkTarget = LinkTargetsQuery['resources']['nodes'][number]

/** Lists resources: those that a text finds, else those directly below `parent`, else all courses. */
export const useLinkTargets = (search: string, parent: LinkTarget | null) => {
  const { send } = useServer()
  const of =
    search.trim() !== ''
      ? { search }
      : parent === null
        ? { type: 'course' }
        : { parent: { source: parent.source, type: parent.type, externalId: parent.externalId } }
  return useInfiniteQuery({
    queryKey: keys.linkTargets(of),
    queryFn: ({ pageParam, signal }) => send(LinkTargetsDocument, { ...of, after: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ resources: { pageInfo } }) => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
    select: ({ pages }) => pages.flatMap(({ resources }) => resources.nodes),
  })
}
