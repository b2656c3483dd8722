import { queryFromInfo } from '@pothos/plugin-prisma'
import { RequestCache } from '@pothos/plugin-scope-auth'
import { getLoaderMapping, setRowMappings } from '@pothos/selection-mapper'
import { type ASTNode, type FieldNode, type GraphQLResolveInfo, visit } from 'graphql'
import { watchActor } from '../services/kernel/watchedActor.ts'
import type { Context } from './context.ts'
import { createPlanStore } from './planStore.ts'

type Nodes = readonly FieldNode[]
type Path = GraphQLResolveInfo['path']

/** Query for the fields below a field, for one role and one set of values of the variables below it. */
interface Plan {
  query: object
  /** Whether each field below it finds what it needs in the rows of the query. */
  isComplete: boolean
  /** Nodes of the fields that were seen to find it. */
  found: WeakSet<Nodes>
}

/** Use of a plan by one execution. */
interface Read {
  plan: Plan
  path: Path
  /** Tells the Prisma plugin what the query loads; null once it knows. */
  tellPlugin: (() => void) | null
}

const plans = createPlanStore<Plan>()
/** Plans for longer values of variables are not kept. */
const maxKeyLength = 1000

let fieldCount = 0
const fields = new WeakMap<Nodes, { number: number; variables: readonly string[] }>()
const readsByContext = new WeakMap<object, Read[]>()

const variablesBelow = ({ fieldNodes, fragments }: GraphQLResolveInfo): string[] => {
  const names = new Set<string>()
  const spreads = new Set<string>()
  const collect = (root: ASTNode): void => {
    visit(root, {
      Variable: ({ name }) => void names.add(name.value),
      FragmentSpread({ name }) {
        const fragment = fragments[name.value]
        if (fragment === undefined || spreads.has(name.value)) return
        spreads.add(name.value)
        collect(fragment)
      },
    })
  }
  for (const { selectionSet } of fieldNodes) if (selectionSet !== undefined) collect(selectionSet)
  return [...names]
}

const createPlan = (context: Context, info: GraphQLResolveInfo, paths: string[][]): Plan => {
  let readsCaller = false
  const actor = watchActor(context.actor, () => {
    readsCaller = true
  })
  const query = queryFromInfo({ context: { ...context, actor }, info, paths })
  if ('select' in query) Object.freeze(query.select)
  return { query, isComplete: !readsCaller, found: new WeakSet() }
}

const planOf = (context: Context, info: GraphQLResolveInfo, paths: string[][]): Plan => {
  const { fieldNodes, variableValues } = info
  const field = fields.get(fieldNodes) ?? { number: ++fieldCount, variables: variablesBelow(info) }
  fields.set(fieldNodes, field)
  // An absent variable is another value than null.
  const values = field.variables.map((name) => (name in variableValues ? [variableValues[name]] : []))
  const key = JSON.stringify([field.number, context.actor.role, ...values])
  const known = plans.get(key)
  if (known !== undefined) return known
  const plan = createPlan(context, info, paths)
  if (key.length <= maxKeyLength) plans.set(key, plan)
  return plan
}

/**
 * Returns the query that loads the rows of a field with what the fields below them need: `paths` lead from the field to
 * the rows. It is planned once for the executions of a document, not for each.
 */
export const rowsQuery = (context: Context, info: GraphQLResolveInfo, paths: string[][] = []): object => {
  const plan = planOf(context, info, paths)
  const tellPlugin = () => queryFromInfo({ context, info, paths })
  if (!plan.isComplete) return tellPlugin()
  const reads = readsByContext.get(context) ?? []
  readsByContext.set(context, reads)
  reads.push({ plan, path: info.path, tellPlugin })
  return plan.query
}

/** As `rowsQuery`, for the rows of a connection. */
export const connectionQuery = (context: Context, info: GraphQLResolveInfo): object =>
  rowsQuery(context, info, [['nodes'], ['edges', 'node']])

const isBelow = (path: Path | undefined, root: Path): boolean =>
  path !== undefined && (path === root || isBelow(path.prev, root))

/** Tells the plugin about the fields above this one, for which it was not asked. */
const tellAncestors = (context: object, { prev }: Path, root: Path): void => {
  if (prev === undefined || prev === root) return
  tellAncestors(context, prev, root)
  const mapping = prev.typename === undefined ? null : getLoaderMapping(context, prev, prev.typename)
  if (mapping !== null) setRowMappings(context, { path: prev } as GraphQLResolveInfo, mapping.nested) // as: it reads only the path
}

/**
 * Tells whether the query of `rowsQuery` has loaded what a field needs: then the field can read its row. Fields for which
 * that is not known yet, or not true, are left to the Prisma plugin.
 */
export const isPlanned = (context: object, info: GraphQLResolveInfo, row: unknown): boolean => {
  const reads = readsByContext.get(context)
  if (reads === undefined) return false
  if (reads.some(({ plan }) => plan.found.has(info.fieldNodes))) return true
  const read = reads.find(({ path }) => isBelow(info.path, path))
  if (read === undefined) return false
  read.tellPlugin?.()
  read.tellPlugin = null
  tellAncestors(context, info.path, read.path)
  const isFound = getLoaderMapping(context, info.path, info.parentType.name, row) !== null
  if (!isFound) read.plan.isComplete = false
  if (read.plan.isComplete) read.plan.found.add(info.fieldNodes)
  return false
}

/**
 * Forgets what is known about an operation that has ended. The small garbage collections keep the values of a WeakMap, and
 * with them all that an operation has created, until a large one.
 */
export const releaseContext = (context: object): void => {
  readsByContext.delete(context)
  RequestCache.clearForContext(context)
}
