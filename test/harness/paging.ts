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

export interface PagingOptions {
  size: number
  backward?: boolean
  /** Called after each page except the last, with the id of the row that the cursor points to. */
  betweenPages?: (cursorId: string) => Promise<unknown>
}

/** Reads a list page by page from one end to the other; returns all ids in the list's own order. */
export const readAllPages = async (
  read: (page: PageArguments) => Promise<Page>,
  { size, backward = false, betweenPages }: PagingOptions,
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
