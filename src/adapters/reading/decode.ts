import type { Decode } from './columnTypes.ts'
import type { Column } from './model.ts'

/** Row parsed from the JSON of a statement. */
export type Row = Record<string, unknown>

/** Turns a parsed row into the row that Prisma would return, in place. */
export type DecodeRow = (row: Row) => void

/** How one property of a row is decoded. */
export interface Step {
  name: string
  decode: (value: unknown) => unknown
}

const nothing: DecodeRow = () => undefined

/** Combines the steps of a row; rows that need no step cost nothing. */
export const combine = (steps: readonly Step[]): DecodeRow => {
  if (steps.length === 0) return nothing
  return (row) => {
    for (const { name, decode } of steps) row[name] = decode(row[name])
  }
}

const orNull = (decode: Decode) => (value: unknown) => (value === null ? null : decode(value as never)) // as: the column's type wrote the value

/** Returns the step of a column, or none if its JSON is the value itself. Prisma has no null in place of a list. */
export const stepsOfColumn = ({ name, type, isList }: Column): Step[] => {
  if (isList) return [{ name, decode: (value) => value ?? [] }]
  return type.decode === undefined ? [] : [{ name, decode: orNull(type.decode) }]
}

const decodeList = (rows: Row[] | null, decodeRow: DecodeRow): Row[] => {
  if (rows === null) return []
  if (decodeRow !== nothing) for (const row of rows) decodeRow(row)
  return rows
}

/** Returns the step of a relation: rows of a list, or one row or null. */
export const stepsOfRelation = (name: string, isList: boolean, decodeRow: DecodeRow): Step[] => {
  if (isList) return [{ name, decode: (value) => decodeList(value as Row[] | null, decodeRow) }] // as: written by json_agg
  const decodeOne = (value: unknown): unknown => {
    if (value !== null) decodeRow(value as Row) // as: written by to_json of a row
    return value
  }
  return decodeRow === nothing ? [] : [{ name, decode: decodeOne }]
}

/** Decodes the result of a whole statement. */
export const decodeRows = (json: string | null, decodeRow: DecodeRow): Row[] =>
  decodeList(json === null ? null : (JSON.parse(json) as Row[]), decodeRow) // as: written by json_agg
