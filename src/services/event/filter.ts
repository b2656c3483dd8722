import { z } from 'zod'
import type { Event } from '../../../prisma/generated/client/client.ts'
import { InvalidInputError } from '../kernel/errors.ts'
import { splitId } from '../kernel/ids.ts'
import { parseInput } from '../kernel/input.ts'
import { isAction } from './actions.ts'

/** What all three views of the log may be narrowed to, as it arrives. */
export interface EventFilterArguments {
  actions?: readonly string[] | null
  nodeId?: string | null
}

export interface EventFilter {
  /** Null: all of them. */
  actions: string[] | null
  node: { type: string; id: string } | null
}

const shape = z.object({
  actions: z
    .array(z.string())
    .min(1, 'Name at least one, or leave it out.')
    .max(100, 'At most 100.')
    .nullish()
    .transform((actions) => (actions == null ? null : [...new Set(actions)])),
})

export const parseEventFilter = ({ actions, nodeId }: EventFilterArguments): EventFilter => {
  const parsed = parseInput(shape, { actions })
  const unknownActions = (parsed.actions ?? []).filter((action) => !isAction(action))
  if (unknownActions.length > 0)
    throw new InvalidInputError([{ path: 'actions', message: `There is no action ${unknownActions.join(', ')}.` }])
  const node = nodeId == null ? null : splitId(nodeId)
  if (nodeId != null && node === null)
    throw new InvalidInputError([{ path: 'nodeId', message: 'Not an id: expected Type:<uuid>.' }])
  return { actions: parsed.actions, node }
}

export const matchesFilter = (event: Event, { actions, node }: EventFilter): boolean =>
  (actions === null || actions.includes(event.action)) &&
  (node === null || (event.nodeId === node.id && event.nodeType === node.type))
