import type { Actor } from './actor.ts'
import { ForbiddenError, type Refusal, StateConflictError } from './errors.ts'
import type { PolicyDecision } from './policies.ts'

/**
 * One condition of an action on a stored object. A mutation enforces the same list of rules that a verdict decides by, so
 * that the verdict gives the reason with which the mutation would refuse.
 */
export interface Rule<Subject> {
  /** Returns why the action is refused; null if this rule allows it. */
  reason(actor: Actor, subject: Subject): PolicyDecision
  refusal(reason: string, subject: Subject): Refusal
}

/** Rule by who the caller is. */
export const permission = <Subject>(reason: Rule<Subject>['reason']): Rule<Subject> => ({
  reason,
  refusal: (message) => new ForbiddenError(message),
})

/** Rule by the state of the object. */
export const condition = <Subject>(reason: (subject: Subject) => PolicyDecision): Rule<Subject> => ({
  reason: (_actor, subject) => reason(subject),
  refusal: (message) => new StateConflictError(message),
})

const findBroken = <Subject>(rules: readonly Rule<Subject>[], actor: Actor, subject: Subject) => {
  for (const rule of rules) {
    const reason = rule.reason(actor, subject)
    if (reason !== null) return { rule, reason }
  }
  return null
}

/** Returns the reason of the first rule that refuses the action; null if all allow it. */
export const decide = <Subject>(rules: readonly Rule<Subject>[], actor: Actor, subject: Subject): PolicyDecision =>
  findBroken(rules, actor, subject)?.reason ?? null

/** Throws the refusal of the first rule that refuses the action. */
export const enforceRules = <Subject>(rules: readonly Rule<Subject>[], actor: Actor, subject: Subject): void => {
  const broken = findBroken(rules, actor, subject)
  if (broken !== null) throw broken.rule.refusal(broken.reason, subject)
}
