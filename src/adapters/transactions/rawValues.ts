type Scalar = string | number | boolean | null

const isScalar = (value: unknown): value is Scalar =>
  value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)

const isSent = (value: unknown): boolean =>
  isScalar(value) ||
  typeof value === 'bigint' ||
  (value instanceof Date && !Number.isNaN(value.getTime())) ||
  (Array.isArray(value) && value.every(isScalar))

/** Returns the parameters of a raw query as Prisma sends them; null if Prisma has to convert or refuse one. */
export const toDriverValues = (values: readonly unknown[]): unknown[] | null =>
  values.every(isSent) ? values.map((value) => (typeof value === 'bigint' ? String(value) : value)) : null
