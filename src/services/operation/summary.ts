import type { Operation } from '../../../prisma/generated/client/client.ts'
import type { BulkAction } from './bulkAction.ts'
import { type BulkKind, bulkActions } from './bulkActions.ts'

const numbers = new Intl.NumberFormat('en-US')

/** Describes the requested work in a sentence, by the operation's own row: what it names may be renamed or deleted. */
export const summarizeOperation = ({ kind, input, total }: Pick<Operation, 'kind' | 'input' | 'total'>): string => {
  const media = `${numbers.format(total)} media`
  // An operation of a later version, while servers are upgraded, may have another kind or other input.
  const action: BulkAction | undefined = bulkActions[kind as BulkKind]
  const parsed = action?.input.safeParse(input)
  return parsed?.success === true ? action.summarize(parsed.data, media) : `Change ${media}`
}
