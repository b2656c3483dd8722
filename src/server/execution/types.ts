import type {
  FieldNode,
  FragmentDefinitionNode,
  GraphQLError,
  GraphQLField,
  GraphQLFieldResolver,
  GraphQLObjectType,
  GraphQLSchema,
  OperationDefinitionNode,
} from 'graphql'

/** Place in an answer, as resolvers know it. */
export interface Path {
  prev: Path | undefined
  key: string | number
  typename: string | undefined
}

/** One execution of a planned operation. */
export interface Run {
  plan: OperationPlan
  context: unknown
  rootValue: unknown
  variables: Record<string, unknown>
  errors: GraphQLError[]
  /** Arguments of each field: the same for all rows. */
  argumentValues: Map<FieldPlan, Record<string, unknown>>
  /** Set if something that is not planned occurred. The library then executes the operation again. */
  needsLibrary: boolean
}

export interface OperationPlan {
  schema: GraphQLSchema
  operation: OperationDefinitionNode
  fragments: Record<string, FragmentDefinitionNode>
  root: ObjectPlan
}

/** Fields of an object type that a selection contains, in the order of the answer. */
export type ObjectPlan = readonly FieldPlan[]

/** Turns the value of a resolver into that of the answer, or into a promise of it. */
export type Complete = (run: Run, field: FieldPlan, value: unknown, path: Path | undefined) => unknown

export interface FieldPlan {
  /** Name in the answer. */
  key: string
  nodes: readonly FieldNode[]
  definition: GraphQLField<unknown, unknown>
  parentType: GraphQLObjectType
  /** Null for fields that read the property of their name. */
  resolve: GraphQLFieldResolver<unknown, unknown> | null
  /** Whether the resolver has one parameter, the row: then nothing else is computed for it. */
  readsRowOnly: boolean
  /** Whether the value is a text that is read from the row alone. */
  isRowText: boolean
  isNullable: boolean
  /** Whether completing the value needs its path: it contains lists or objects. */
  hasSelection: boolean
  complete: Complete
}

export const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function' // as: any object may have it
