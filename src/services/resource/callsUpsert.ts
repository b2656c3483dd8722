import { recordForCalls } from '../event/record.ts'
import type { Actor } from '../kernel/actor.ts'
import type { Transaction } from '../kernel/ports.ts'
import { keyText, type ParsedResource } from '../kernel/resourceInput.ts'
import { type ChainPlan, type KnownResource, planChain } from './chainPlan.ts'
import { insertResources, readResources } from './sharedUpsert.ts'

interface Call {
  actor: Actor
  /** From the top down. */
  chain: readonly ParsedResource[]
}

type Rows = Map<string, KnownResource>

/** Plans one call; null if it would lock or check rows. Without new resources, the number of parents stays. */
const planCall = ({ chain }: Call, rows: Rows): ChainPlan | null => {
  const plan = planChain(
    chain,
    chain.flatMap((input) => rows.get(keyText(input)) ?? []),
  )
  if (plan === null || plan.updates.length > 0 || (plan.hasParentsAbove && plan.creations.length > 0)) return null
  for (const creation of plan.creations) rows.set(keyText(creation), { ...creation, deletedAt: null })
  return plan
}

/**
 * Creates the resources of several calls, which share the tree lock `resources` and have no idempotency keys: one
 * statement reads, another writes. Resolves to the resource's id of each call; null for one that needs `upsertSharing`.
 * Rejects with a unique violation if another transaction creates one of the resources at the same time.
 */
export const upsertForCalls = async (transaction: Transaction, calls: readonly Call[]): Promise<(string | null)[]> => {
  const keys = new Map(calls.flatMap(({ chain }) => chain).map((input) => [keyText(input), input]))
  const existing = await readResources(transaction, [...keys.values()])
  const rows: Rows = new Map(existing.map((row) => [keyText(row), row]))
  const plans = calls.map((call) => planCall(call, rows))
  const creations = plans.flatMap((plan) => plan?.creations ?? [])
  const entries = calls.flatMap(({ actor }, index) =>
    (plans[index]?.creations ?? []).map(({ id, source, type, externalId, title }) => {
      return { id, actor, data: { source, type, externalId, title } }
    }),
  )
  if (creations.length > 0) await recordForCalls(transaction, 'resource.created', entries, insertResources(creations))
  return plans.map((plan) => plan?.targetId ?? null)
}
