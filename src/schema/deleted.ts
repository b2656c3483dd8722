import { builder } from './builder.ts'

/** Result of a deletion; `id` is the Relay id that the object had. */
export interface DeletedNode {
  id: string
}

export const DeletedType = builder.objectRef<DeletedNode>('Deleted').implement({
  description: 'An object that was deleted and can no longer be read.',
  fields: (t) => ({ id: t.exposeID('id', { description: 'Global id that the deleted object had.' }) }),
})
