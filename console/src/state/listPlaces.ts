import { create } from 'zustand'

/** Where a person was in a list. */
interface ListPlace {
  /** Media that has the focus. */
  activeId: string | null
  /** First visible media, and the pixels of it that are above the visible part. */
  topId: string
  topOffset: number
}

interface ListPlaces {
  places: ReadonlyMap<string, ListPlace>
  remember(list: string, place: ListPlace): void
}

const maxPlaces = 20

/** Places in the lists that were left last, so that the way back leads to the same place. */
export const useListPlaces = create<ListPlaces>()((set) => ({
  places: new Map(),
  remember: (list, place) =>
    set(({ places }) => {
      const others = [...places].filter(([key]) => key !== list)
      return { places: new Map([...others, [list, place] as const].slice(-maxPlaces)) }
    }),
}))
