/** Names of the data model are the only texts of it that enter statements; PostgreSQL cuts longer ones. */
const identifier = /^[A-Za-z_]\w{0,62}$/

/** Quotes a name of the data model. */
export const quote = (name: string): string => {
  if (!identifier.test(name)) throw new Error(`"${name}" cannot be an identifier of a compiled statement.`)
  return `"${name}"`
}
