import { useStore } from 'zustand'
import { createStore, type StoreApi } from 'zustand/vanilla'

/** Media that are selected: some by their ids, or all that match a filter without some exceptions. */
type Selection =
  | { type: 'ids'; ids: ReadonlySet<string> }
  | {
      type: 'all'
      /** Filter of the server, as the list was asked with. */
      filter: object
      /** Number of media that the filter matched when all were selected. A large number may be an estimate. */
      expectedCount: number
      exceptIds: ReadonlySet<string>
    }

/** Selection as the input of bulk operations: `BulkMediaInput` without its error policy. */
type SelectionInput = { ids: string[] } | { filter: object; expectedCount: number; exceptIds: string[] }

interface SelectionState {
  selection: Selection
  /** Filter of the list that was shown last, as text; null before the first. */
  listedBy: string | null
  showList(listedBy: string): void
  isSelected(id: string): boolean
  selectedCount(): number
  toBulkInput(): SelectionInput
  /** Selects or deselects media. With a maximum, ids beyond it are ignored. */
  change(ids: Iterable<string>, isSelected: boolean): void
  toggle(id: string): void
  /** Selects these media and no others. */
  replace(ids: Iterable<string>): void
  selectAll(filter: object, expectedCount: number): void
  /** Drops media that have left the list. Of a filter, nothing is dropped. */
  forget(ids: Iterable<string>): void
  clear(): void
}

export type SelectionStore = StoreApi<SelectionState> & {
  /** Number of media that may be selected at once; null if there is no limit. */
  max: number | null
}

const nothing: Selection = { type: 'ids', ids: new Set() }

const changed = (set: ReadonlySet<string>, ids: Iterable<string>, isMember: boolean): ReadonlySet<string> => {
  const next = new Set(set)
  for (const id of ids) isMember ? next.add(id) : next.delete(id)
  return next
}

/** Creates the selection of one list of media. With `max: 1`, selecting a media deselects the one before. */
export const createSelection = ({ max = null }: { max?: number | null } = {}): SelectionStore => {
  const limit = (ids: Iterable<string>): ReadonlySet<string> => new Set(max === null ? ids : [...ids].slice(0, max))

  const store = createStore<SelectionState>()((set, get) => ({
    selection: nothing,
    listedBy: null,
    showList: (listedBy) => set({ listedBy }),
    isSelected: (id) => {
      const { selection } = get()
      return selection.type === 'ids' ? selection.ids.has(id) : !selection.exceptIds.has(id)
    },
    selectedCount: () => {
      const { selection } = get()
      if (selection.type === 'ids') return selection.ids.size
      return Math.max(0, selection.expectedCount - selection.exceptIds.size)
    },
    toBulkInput: () => {
      const { selection } = get()
      if (selection.type === 'ids') return { ids: [...selection.ids] }
      const { filter, expectedCount, exceptIds } = selection
      return { filter, expectedCount, exceptIds: [...exceptIds] }
    },
    change: (ids, isSelected) =>
      set(({ selection }) => {
        if (selection.type === 'all')
          return { selection: { ...selection, exceptIds: changed(selection.exceptIds, ids, !isSelected) } }
        const all = changed(selection.ids, ids, isSelected)
        return { selection: { type: 'ids', ids: max === 1 && isSelected ? limit(ids) : limit(all) } }
      }),
    toggle: (id) => get().change([id], !get().isSelected(id)),
    replace: (ids) => set({ selection: { type: 'ids', ids: limit(ids) } }),
    selectAll: (filter, expectedCount) =>
      set({ selection: { type: 'all', filter, expectedCount, exceptIds: new Set() } }),
    forget: (ids) => {
      const { selection } = get()
      // An exception may return to the list, and must not be changed then.
      if (selection.type === 'all') return
      const gone = [...ids].filter((id) => selection.ids.has(id))
      if (gone.length > 0) set({ selection: { type: 'ids', ids: changed(selection.ids, gone, false) } })
    },
    clear: () => {
      if (get().selectedCount() > 0 || get().selection.type === 'all') set({ selection: nothing })
    },
  }))
  return Object.assign(store, { max })
}

/** Selection of the library. Dialogs and the picker have selections of their own. */
export const librarySelection = createSelection()

/** Returns the selection of the library and its actions; renders after each change of it. */
export const useSelection = (store: SelectionStore = librarySelection): SelectionState => useStore(store)
