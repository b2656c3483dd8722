import type { PolicyDecision } from '../services/kernel/policies.ts'
import { builder } from './builder.ts'

/** Wrapped, since a verdict that allows is null. */
export const VerdictType = builder.objectRef<{ decision: PolicyDecision }>('Verdict').implement({
  description: 'Whether an action is open to the caller, and if not, why.',
  fields: (t) => ({
    allowed: t.boolean({ resolve: ({ decision }) => decision === null }),
    reason: t.string({ nullable: true, resolve: ({ decision }) => decision }),
  }),
})
