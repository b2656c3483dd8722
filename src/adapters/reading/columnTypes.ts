import { encodeBigInt, encodeBoolean, encodeInt, encodeText, encodeTime, encodeUuid, refuse } from './encode.ts'

/** Turns a value of a row's JSON into the value that Prisma returns. Never called with null. */
export type Decode = (value: never) => unknown

/** How values of a column type are written into statements and read from their JSON. */
export interface ColumnType {
  /** Type to which parameters are cast. */
  sql: string
  /** Operators that Prisma accepts for such columns. */
  filters: 'equality' | 'order' | 'none'
  /** Whether Prisma accepts lists of this type, and their JSON is what Prisma returns. */
  hasPlainLists: boolean
  encode(value: unknown): string
  /** Expression for the JSON; the column itself by default. */
  select?: (column: string) => string
  decode?: Decode
}

/** PostgreSQL writes NaN and the infinities as texts. */
const decodeFloat = (value: number | string): number => (typeof value === 'string' ? Number(value) : value)

const text = (sql: string): ColumnType => ({ sql, filters: 'order', hasPlainLists: true, encode: encodeText })

const time = (sql: string): ColumnType => ({
  sql,
  filters: 'order',
  hasPlainLists: false,
  encode: encodeTime,
  // Half the length of a timestamp, and needs no parsing.
  select: (column) => `(date_part('epoch', ${column}::timestamp) * 1000)::int8`,
  decode: (milliseconds: number) => new Date(milliseconds),
})

/** By Prisma's type and the column's native type; the first one is the default. */
const types: Record<string, Record<string, ColumnType>> = {
  String: {
    Text: text('text'),
    VarChar: text('text'),
    Char: text('bpchar'),
    Uuid: { ...text('uuid'), encode: encodeUuid },
  },
  Int: {
    Integer: {
      sql: 'int4',
      filters: 'order',
      hasPlainLists: true,
      encode: encodeInt,
    },
  },
  BigInt: {
    BigInt: {
      sql: 'int8',
      filters: 'order',
      hasPlainLists: false,
      encode: encodeBigInt,
      select: (column) => `${column}::text`, // JSON numbers are exact up to 2^53
      decode: (digits: string) => BigInt(digits),
    },
  },
  Float: {
    DoublePrecision: {
      sql: 'float8',
      filters: 'none', // Prisma rounds some values
      hasPlainLists: false,
      encode: refuse,
      decode: decodeFloat,
    },
  },
  Boolean: {
    Boolean: {
      sql: 'bool',
      filters: 'equality',
      hasPlainLists: true,
      encode: encodeBoolean,
    },
  },
  DateTime: { Timestamp: time('timestamp'), Timestamptz: time('timestamptz') },
  Json: { JsonB: { sql: 'jsonb', filters: 'none', hasPlainLists: false, encode: refuse } },
  Bytes: {
    ByteA: {
      sql: 'bytea',
      filters: 'none',
      hasPlainLists: false,
      encode: refuse,
      select: (column) => `encode(${column}, 'hex')`,
      decode: (digits: string) => Uint8Array.from(Buffer.from(digits, 'hex')),
    },
  },
}

/** Digits of a second that a Date has. */
const maxTimePrecision = 3

/** Returns the type of a scalar column, or null if it is not compiled. */
export const scalarType = (type: string, nativeType: string | null, nativeArguments: readonly string[]) => {
  const byNativeType = types[type] ?? {}
  const columnType = nativeType === null ? Object.values(byNativeType)[0] : byNativeType[nativeType]
  const isTooPrecise = type === 'DateTime' && nativeType !== null && Number(nativeArguments[0] ?? 6) > maxTimePrecision
  return columnType === undefined || isTooPrecise ? null : columnType
}

/** Returns the type of an enum's columns. */
export const enumType = (sql: string, values: ReadonlySet<string>): ColumnType => ({
  sql,
  filters: 'equality',
  hasPlainLists: true,
  encode: (value) => (typeof value === 'string' && values.has(value) ? value : refuse()),
})
