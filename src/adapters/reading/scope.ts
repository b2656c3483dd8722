import { unsupported } from './arguments.ts'
import type { Model, Models } from './model.ts'

/** A table of a statement that is being compiled. All tables of a statement share its values and its aliases. */
export interface Scope {
  statement: { models: Models; values: unknown[]; aliases: number }
  alias: string
}

export const openScope = (models: Models): Scope => ({ statement: { models, values: [], aliases: 1 }, alias: 't0' })

/** Returns the scope of another table of the statement. */
export const nextAlias = ({ statement }: Scope): Scope => ({ statement, alias: `t${statement.aliases++}` })

export const modelOf = ({ statement }: Scope, name: string): Model =>
  statement.models.get(name) ?? unsupported(`the model ${name}`)

/** Adds a value to the statement's parameters; returns the expression for it. */
export const bind = ({ statement }: Scope, value: unknown, type: string): string =>
  `$${statement.values.push(value)}::${type}`
