import type { Folder } from '../../../prisma/generated/client/client.ts'

/** Compares names without regard to case, as their uniqueness does, and numbers in them by value. */
const compareNames = new Intl.Collator('en', { sensitivity: 'base', numeric: true }).compare

export const sortByName = (folders: Folder[]): Folder[] =>
  folders.toSorted((one, other) => compareNames(one.name, other.name) || (one.id < other.id ? -1 : 1))
