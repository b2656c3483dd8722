import { cleanLine } from '../kernel/cleanText.ts'

const maxNameLength = 80
const maxNames = 3

/** Quotes a name of a user, shortened if it is very long. */
export const quote = (name: string): string =>
  name.length <= maxNameLength ? `"${name}"` : `"${cleanLine(name, maxNameLength - 1)}…"`

/** Quotes names as a list: `"a" and "b"`, `"a", "b", "c" and 2 more`. */
export const quoteAll = (names: readonly string[]): string => {
  const parts = names.slice(0, maxNames).map(quote)
  const last = names.length > maxNames ? `${names.length - maxNames} more` : parts.pop()
  return parts.length === 0 ? `${last}` : `${parts.join(', ')} and ${last}`
}
