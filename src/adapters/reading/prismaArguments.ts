import { type Args, isPlainObject } from './arguments.ts'
import type { Model, Models } from './model.ts'

/** Removes the relations that Prisma does not know from the arguments of a call that it answers. */
export const withoutExtraRelations = (models: Models, model: Model, args: unknown): unknown => {
  if (!isPlainObject(args)) return args
  const { select, include, ...others } = args
  return {
    ...others,
    ...(select === undefined ? {} : { select: withoutExtraFields(models, model, select) }),
    ...(include === undefined ? {} : { include: withoutExtraFields(models, model, include) }),
  }
}

const withoutExtraFields = (models: Models, model: Model, fields: unknown): unknown => {
  if (!isPlainObject(fields)) return fields
  const known: Record<string, Args[string]> = {}
  for (const [name, value] of Object.entries(fields)) {
    const relation = model.relations.get(name)
    const related = relation && models.get(relation.model)
    if (relation?.isExtra !== true)
      known[name] = related === undefined ? value : withoutExtraRelations(models, related, value)
  }
  return known
}
