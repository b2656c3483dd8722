import { isPlainObject } from './arguments.ts'
import type { Statement } from './statement.ts'
import { canonicalUuid } from './unique.ts'

/** Read of rows by their ids. Reads with the same key can be sent as one. */
export interface Lookup {
  key: string
  /** Its first parameter is a list of ids. */
  statement: Statement
  /** The statement for one id, which is its first parameter. */
  singleText: string
  /** Field of the id in the rows. */
  idField: string
  /** Whether the callers' rows lack that field. */
  isIdHidden: boolean
}

export const createLookup = (lookup: Pick<Lookup, 'statement' | 'idField' | 'isIdHidden'>): Lookup => {
  const { text, values } = lookup.statement
  return {
    ...lookup,
    key: JSON.stringify([text, values.slice(1), lookup.isIdHidden]),
    singleText: text.replace('= ANY($1::uuid[])', '= $1::uuid'),
  }
}

/** Describes conditions that consist of one id and nulls; null for any others. */
const formOf = (where: unknown): string | null => {
  if (!isPlainObject(where)) return null
  let form = ''
  let idCount = 0
  for (const name in where) {
    const value = where[name]
    if (value === undefined) continue
    if (value === null) form += `${name} `
    else if (typeof value === 'string' && canonicalUuid.test(value)) {
      form += `${name}=`
      idCount += 1
    } else return null
  }
  return idCount === 1 ? form : null
}

/** Compiles the lookups of frozen selections once for each form of their conditions. */
export const rememberLookups = (compile: (args: unknown) => Lookup | null) => {
  const lookupsBySelect = new WeakMap<object, Map<string, Lookup>>()
  return (args: unknown): Lookup | null => {
    if (!isPlainObject(args)) return compile(args)
    const { select, where, ...others } = args
    const form = formOf(where)
    if (form === null || !isPlainObject(select) || !Object.isFrozen(select) || Object.keys(others).length > 0)
      return compile(args)
    const lookups = lookupsBySelect.get(select) ?? new Map<string, Lookup>()
    lookupsBySelect.set(select, lookups)
    const lookup = lookups.get(form) ?? compile(args)
    if (lookup !== null) lookups.set(form, lookup)
    return lookup
  }
}
