import { z } from 'zod'
import { ErrorPolicy } from '../../../prisma/generated/client/enums.ts'
import { parseId } from '../kernel/ids.ts'
import { parseInput } from '../kernel/input.ts'

/** Most items of one transaction, and most ids of one call. */
export const maxIds = 10_000

const targetShape = z
  .object({
    ids: z.array(z.string()).min(1, 'Name at least one.').max(maxIds, `At most ${maxIds} ids.`).nullish(),
    filter: z.record(z.string(), z.unknown()).nullish(),
    expectedCount: z.int().min(0).nullish(),
    errorPolicy: z.enum(ErrorPolicy).nullish(),
  })
  .refine(({ ids, filter }) => (ids == null) !== (filter == null), {
    path: ['ids'],
    message: 'Either ids or a filter.',
  })

/** `path` is where it stands in the mutation's input: `` or `target.`. */
export const parseTarget = (target: Target, path: string): z.output<typeof targetShape> =>
  path === '' ? parseInput(targetShape, target) : parseInput(z.object({ target: targetShape }), { target }).target

export type Target = z.input<typeof targetShape>

/** The primary keys behind ids, each once, in the order in which they were named. */
export const parseMediaIds = (ids: readonly string[], path: string): string[] => [
  ...new Set(ids.map((id, index) => parseId('Media', id, `${path}.${index}`))),
]
