export interface PageArguments {
  first?: number
  after?: string | null
  last?: number
  before?: string | null
}

interface Page {
  ids: string[]
  pageInfo: {
    startCursor?: string | null
    endCursor?: string | null
    hasPreviousPage?: boolean
    hasNextPage?: boolean
  }
}

export interface WalkOptions {
  size: number
  backward?: boolean
  /** Happens after each page but the last; learns whose row the cursor is. */
  betweenPages?: (cursorId: string) => Promise<unknown>
}

/** All ids of a list from one end to the other, in the list's own order. */
export const walkPages = async (
  read: (side: PageArguments) => Promise<Page>,
  { size, backward = false, betweenPages }: WalkOptions,
): Promise<string[]> => {
  const allIds: string[] = []
  let cursor: string | null | undefined
  for (;;) {
    const { ids, pageInfo } = await read(backward ? { last: size, before: cursor } : { first: size, after: cursor })
    if (backward) allIds.unshift(...ids)
    else allIds.push(...ids)
    cursor = backward ? pageInfo.startCursor : pageInfo.endCursor
    if (!(backward ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) return allIds
    await betweenPages?.((backward ? ids[0] : ids.at(-1)) ?? '')
  }
}
