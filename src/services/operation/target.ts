import { z } from 'zod'
import { ErrorPolicy } from '../../../prisma/generated/client/enums.ts'
import { parseId } from '../kernel/ids.ts'
import { parseInput } from '../kernel/input.ts'

/** Maximum of items in one transaction, and of ids in one call. */
export const maxIds = 10_000

const targetShape = z
  .object({
    ids: z.array(z.string()).min(1, 'Name at least one id.').max(maxIds, `At most ${maxIds} ids.`).nullish(),
    filter: z.record(z.string(), z.unknown()).nullish(),
    exceptIds: z.array(z.string()).max(maxIds, `At most ${maxIds} ids.`).nullish(),
    expectedCount: z.int().min(0).nullish(),
    errorPolicy: z.enum(ErrorPolicy).nullish(),
  })
  .refine(({ ids, filter }) => (ids == null) !== (filter == null), {
    path: ['ids'],
    message: 'Set either ids or filter.',
  })
  .refine(({ filter, exceptIds }) => exceptIds == null || filter != null, {
    path: ['exceptIds'],
    message: 'Allowed only with filter. Leave these ids out of ids instead.',
  })

/** Parses a target. `path` is its prefix in the mutation's input: empty or `target.`. */
export const parseTarget = (target: Target, path: string): ParsedTarget =>
  path === '' ? parseInput(targetShape, target) : parseInput(z.object({ target: targetShape }), { target }).target

export type Target = z.input<typeof targetShape>
export type ParsedTarget = z.output<typeof targetShape>

/** Returns the primary keys of Relay ids, without repetitions, in the given order. */
export const parseMediaIds = (ids: readonly string[], path: string): string[] => [
  ...new Set(ids.map((id, index) => parseId('Media', id, `${path}.${index}`))),
]
