import type { Part, Parts } from './snapshot.ts'

/** What the database says of the thing that is followed. */
export interface State {
  /** There is something to show. */
  present: boolean
  /** Nothing will change any more; if it is not present, it never will be. */
  ended: boolean
  parts: Parts
}

/** How one kind of thing is followed. */
export interface Source<Row> {
  channel(id: string): string
  /** Where lists of parts lie in a row, as paths of relations: `versions.renditions`. */
  partLists: readonly string[]
  /** One statement for all of them; every id has an answer, null for what neither is nor will be. */
  states(ids: readonly string[]): Promise<Map<string, State | null>>
  /** What changed, all at once. Null where the message says only that something is worth reading again. */
  parse(message: unknown): { id: string; part: Part }[] | null
  /** Decides from the parts alone whether all work has ended. */
  ended(parts: Parts): boolean
  load(id: string, projection: object): Promise<Row | null>
}
