import type { PolicyDecision } from '../services/kernel/policies.ts'
import { builder } from './builder.ts'

/** Wraps the decision: `null`, which means allowed, cannot be the value of a non-null object field. */
export const VerdictType = builder.objectRef<{ decision: PolicyDecision }>('Verdict').implement({
  description:
    'Whether the caller may perform an action on this object now, and if not, why. It is a hint for user interfaces: the mutation decides again.',
  fields: (t) => ({
    allowed: t.boolean({
      description: 'Whether the caller may perform the action.',
      resolve: ({ decision }) => decision === null,
    }),
    reason: t.string({
      nullable: true,
      description: 'Why the action is refused, as text for people; null if `allowed` is true.',
      resolve: ({ decision }) => decision,
    }),
  }),
})
