import { Prisma } from '../../../prisma/generated/client/client.ts'

/**
 * Begins a statement whose best plan depends on its values: a filter that matches every row needs another plan than one
 * that matches none. Such a statement is never prepared, so that no plan made for other values is reused.
 */
export const withoutPreparedPlanMark = '/* unprepared */'

export const withoutPreparedPlan = Prisma.raw(withoutPreparedPlanMark)

/**
 * Begins the first statement of a transaction, if it has no values: it is sent in one message with BEGIN, which saves the wait
 * for a response.
 */
export const firstStatementMark = '/* first */'

export const firstStatement = Prisma.raw(firstStatementMark)
