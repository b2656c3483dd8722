import { deserializeRawResult } from '@prisma/client/runtime/client'
import { type ColumnType, ColumnTypeEnum, type SqlResultSet } from '@prisma/driver-adapter-utils'

type Convert = (value: unknown) => unknown

interface RawType {
  /** Prisma's name of the type, which decides the value that callers get. */
  name: string
  /** Converts the driver's value before. */
  convert?: Convert
}

const toInt: Convert = (value) => Math.trunc(Number(value))
const toBigInt: Convert = (value) => (typeof value === 'number' ? BigInt(Math.trunc(value)) : value)
const parseJson: Convert = (value) => JSON.parse(String(value))
const each =
  (convert: Convert): Convert =>
  (value) =>
    Array.isArray(value) ? value.map((item) => (item === null ? null : convert(item))) : value

/** Types of the columns of raw queries, as in Prisma's client, which does not export its list. */
const rawTypes = {
  [ColumnTypeEnum.Int32]: { name: 'int', convert: toInt },
  [ColumnTypeEnum.Int64]: { name: 'bigint', convert: toBigInt },
  [ColumnTypeEnum.Float]: { name: 'float' },
  [ColumnTypeEnum.Double]: { name: 'double' },
  [ColumnTypeEnum.Numeric]: { name: 'decimal' },
  [ColumnTypeEnum.Boolean]: { name: 'bool' },
  [ColumnTypeEnum.Character]: { name: 'char' },
  [ColumnTypeEnum.Text]: { name: 'string' },
  [ColumnTypeEnum.Date]: { name: 'date' },
  [ColumnTypeEnum.Time]: { name: 'time' },
  [ColumnTypeEnum.DateTime]: { name: 'datetime' },
  [ColumnTypeEnum.Json]: { name: 'json', convert: parseJson },
  [ColumnTypeEnum.Enum]: { name: 'enum' },
  [ColumnTypeEnum.Bytes]: { name: 'bytes' },
  [ColumnTypeEnum.Set]: { name: 'string' },
  [ColumnTypeEnum.Uuid]: { name: 'uuid' },
  [ColumnTypeEnum.Int32Array]: { name: 'int-array', convert: each(toInt) },
  [ColumnTypeEnum.Int64Array]: { name: 'bigint-array', convert: each(toBigInt) },
  [ColumnTypeEnum.FloatArray]: { name: 'float-array' },
  [ColumnTypeEnum.DoubleArray]: { name: 'double-array' },
  [ColumnTypeEnum.NumericArray]: { name: 'decimal-array' },
  [ColumnTypeEnum.BooleanArray]: { name: 'bool-array' },
  [ColumnTypeEnum.CharacterArray]: { name: 'char-array' },
  [ColumnTypeEnum.TextArray]: { name: 'string-array' },
  [ColumnTypeEnum.DateArray]: { name: 'date-array' },
  [ColumnTypeEnum.TimeArray]: { name: 'time-array' },
  [ColumnTypeEnum.DateTimeArray]: { name: 'datetime-array' },
  [ColumnTypeEnum.JsonArray]: { name: 'json-array', convert: each(parseJson) },
  [ColumnTypeEnum.EnumArray]: { name: 'string-array' },
  [ColumnTypeEnum.BytesArray]: { name: 'bytes-array' },
  [ColumnTypeEnum.UuidArray]: { name: 'uuid-array' },
  [ColumnTypeEnum.UnknownNumber]: { name: 'unknown' },
} satisfies Record<ColumnType, RawType>

/** Turns the driver's result of a raw query into the rows that Prisma would return. */
export const toRows = ({ columnNames, columnTypes, rows }: SqlResultSet): unknown[] => {
  const types: RawType[] = columnTypes.map((type) => rawTypes[type])
  const convertRow = (row: unknown[]): unknown[] =>
    row.map((value, index) => (value === null ? null : (types[index]?.convert?.(value) ?? value)))
  return deserializeRawResult({
    columns: columnNames,
    types: types.map(({ name }) => name) as Parameters<typeof deserializeRawResult>[0]['types'], // as: names of Prisma's
    rows: rows.map(convertRow),
  })
}
