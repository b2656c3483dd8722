import type { Verdict } from '../services/kernel/policies.ts'
import { builder } from './builder.ts'

/** Wrapped, since a verdict that allows is null. */
export const VerdictType = builder.objectRef<{ verdict: Verdict }>('Verdict').implement({
  description: 'Whether an action is open to the caller, and if not, why.',
  fields: (t) => ({
    allowed: t.boolean({ resolve: ({ verdict }) => verdict === null }),
    reason: t.string({ nullable: true, resolve: ({ verdict }) => verdict }),
  }),
})
