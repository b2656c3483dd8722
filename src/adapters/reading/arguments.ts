/** Arguments of a read, as Prisma accepts them. */
export type Args = Readonly<Record<string, unknown>>

/** Something that is not compiled. Prisma answers the read then, or refuses it. */
export class Unsupported extends Error {}

export const unsupported = (what: string): never => {
  throw new Unsupported(what)
}

/** Whether a value is a plain object: Prisma has special values, such as references to fields, that are instances. */
export const isPlainObject = (value: unknown): value is Args => {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Returns the value if it is a plain object. */
export const toArgs = (value: unknown, what: string): Args => (isPlainObject(value) ? value : unsupported(what))

/** Returns the entries of an object, without those that are undefined, which Prisma ignores. */
export const entriesOf = (args: Args): [string, unknown][] =>
  Object.entries(args).filter(([, value]) => value !== undefined)

/** Refuses arguments with other names, such as `cursor` and `distinct`. */
export const requireKnownKeys = (args: Args, known: ReadonlySet<string>, what: string): void => {
  for (const key in args) if (args[key] !== undefined && !known.has(key)) unsupported(`${what} with ${key}`)
}
