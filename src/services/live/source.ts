import type { SnapshotRules, TrackedRow, TrackedRows } from './snapshot.ts'

/** State of a topic in the database. */
export interface TopicState {
  /** The row exists and can be shown. */
  exists: boolean
  /** The row will not change any more; if it does not exist, it never will. */
  hasEnded: boolean
  trackedRows: TrackedRows
}

/** Reads and tracks the topics of one type. */
export interface LiveSource<Row> {
  channel(id: string): string
  snapshotRules?: SnapshotRules
  /** Reads all ids together. The map has an entry for each id: null if the row neither exists nor is expected. */
  readStates(ids: readonly string[]): Promise<Map<string, TopicState | null>>
  /** Returns all changes in a message. Null if the message only tells that the state has to be read again. */
  parse(message: unknown): { id: string; trackedRow: TrackedRow }[] | null
  /** Tells from the tracked rows alone whether all work has ended. */
  hasEnded(trackedRows: TrackedRows): boolean
  /** Loads rows together. Without it, they are loaded one by one. */
  loadAll?(ids: readonly string[], projection: object): Promise<Map<string, Row>>
  /** Null if the row does not exist. */
  load(id: string, projection: object): Promise<Row | null>
}
