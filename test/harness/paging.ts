export interface Side {
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

export interface Walk {
  size: number
  backward?: boolean
  /** Happens after each page but the last; learns whose row the cursor is. */
  between?: (cursorId: string) => Promise<unknown>
}

/** All ids of a list from one end to the other, in the list's own order. */
export const walkPages = async (
  read: (side: Side) => Promise<Page>,
  { size, backward = false, between }: Walk,
): Promise<string[]> => {
  const seen: string[] = []
  let cursor: string | null | undefined
  for (;;) {
    const { ids, pageInfo } = await read(backward ? { last: size, before: cursor } : { first: size, after: cursor })
    if (backward) seen.unshift(...ids)
    else seen.push(...ids)
    cursor = backward ? pageInfo.startCursor : pageInfo.endCursor
    if (!(backward ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) return seen
    await between?.((backward ? ids[0] : ids.at(-1)) ?? '')
  }
}
