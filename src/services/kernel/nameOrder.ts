/**
 * Order of names: regardless of case and accents, numbers by value. PostgreSQL alone compares names, by this collation of
 * the database, so that lists, cursors and indexes agree. Equal names are ordered by id.
 */
export const inNameOrder = (column: string): string => `${column} COLLATE "names"`

/** Name of a list in this order for its cursors: one that was made for another order of names is refused. */
export const nameOrdered = (list: string): string => `${list}:names`
