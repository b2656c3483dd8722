import { z } from 'zod'
import type { Event } from '../../../prisma/generated/client/client.ts'
import { InvalidInputError } from '../kernel/errors.ts'
import { splitId } from '../kernel/ids.ts'
import { parseInput } from '../kernel/input.ts'
import { isAction } from './actions.ts'

/** Filters that the audit trail and the feed share. */
const shape = z.object({
  actions: z
    .array(z.string())
    .min(1, 'Give at least one action, or omit the argument.')
    .max(100, 'At most 100 actions.')
    .nullish()
    .transform((actions) => (actions == null ? null : [...new Set(actions)])),
  nodeId: z.string().nullish(),
})
export type EventFilterArguments = z.input<typeof shape>

export interface EventFilter {
  /** Null: all actions. */
  actions: string[] | null
  node: { type: string; id: string } | null
}

export const parseEventFilter = (args: EventFilterArguments): EventFilter => {
  const { actions, nodeId } = parseInput(shape, args)
  const unknownActions = (actions ?? []).filter((action) => !isAction(action))
  if (unknownActions.length > 0)
    throw new InvalidInputError([
      { path: 'actions', message: `Unknown actions: ${unknownActions.join(', ')}. docs/events.md lists all actions.` },
    ])
  const node = nodeId == null ? null : splitId(nodeId)
  if (nodeId != null && node === null)
    throw new InvalidInputError([{ path: 'nodeId', message: 'Not an id: expected Type:<uuid>.' }])
  return { actions, node }
}

export const matchesFilter = (event: Event, { actions, node }: EventFilter): boolean =>
  (actions === null || actions.includes(event.action)) &&
  (node === null || (event.nodeId === node.id && event.nodeType === node.type))
