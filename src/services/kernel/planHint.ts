import { Prisma } from '../../../prisma/generated/client/client.ts'

/**
 * Begins a statement whose best plan depends on its values: a filter that lets everything through wants another plan
 * than one that lets nothing through. Such a statement is never prepared, so that no plan of other values is kept for it.
 */
export const withoutPreparedPlanMark = '/* planned anew */'

export const withoutPreparedPlan = Prisma.raw(withoutPreparedPlanMark)
