import type { TrackedRow, TrackedRows } from './snapshot.ts'

/** What the database says of the thing that is followed. */
export interface TopicState {
  /** There is something to show. */
  exists: boolean
  /** Nothing will change any more; if it is not present, it never will be. */
  hasEnded: boolean
  trackedRows: TrackedRows
}

/** How one kind of thing is followed. */
export interface LiveSource<Row> {
  channel(id: string): string
  /** Where lists of parts lie in a row, as paths of relations: `versions.renditions`. */
  trackedLists: readonly string[]
  /** One statement for all of them; every id has an answer, null for what neither is nor will be. */
  readStates(ids: readonly string[]): Promise<Map<string, TopicState | null>>
  /** What changed, all at once. Null where the message says only that something is worth reading again. */
  parse(message: unknown): { id: string; trackedRow: TrackedRow }[] | null
  /** Decides from the parts alone whether all work has ended. */
  hasEnded(trackedRows: TrackedRows): boolean
  load(id: string, projection: object): Promise<Row | null>
}
