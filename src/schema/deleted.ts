import { builder } from './builder.ts'

/** What is left of something that was removed for good; `id` is its Relay id. */
export interface DeletedNode {
  id: string
}

export const DeletedType = builder.objectRef<DeletedNode>('Deleted').implement({
  description: 'What was removed for good.',
  fields: (t) => ({ id: t.exposeID('id') }),
})
