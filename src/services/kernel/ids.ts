import { z } from 'zod'
import { InvalidInputError } from './errors.ts'

/** Types that have Relay ids, written `Media:<uuid>`. A test compares them with the schema. */
export const nodeNames = [
  'Assignment',
  'AssignmentBatch',
  'Event',
  'Folder',
  'Media',
  'MediaUsage',
  'MediaVersion',
  'Operation',
  'Rendition',
  'Resource',
  'Upload',
  'User',
] as const

export type NodeName = (typeof nodeNames)[number]

const uuid = z.uuid()

export const globalId = (type: NodeName, id: string): string => `${type}:${id}`

/** Splits a Relay id; returns null if it is malformed. Does not check whether the node exists. */
export const splitId = (text: string): { type: string; id: string } | null => {
  const colon = text.indexOf(':')
  const id = text.slice(colon + 1)
  return colon > 0 && uuid.safeParse(id).success ? { type: text.slice(0, colon), id: id.toLowerCase() } : null
}

/** Returns the primary key in a Relay id of the given type. `path` names the argument in the refusal. */
export const parseId = (type: NodeName, text: string, path = 'id'): string => {
  const parts = splitId(text)
  if (parts?.type === type) return parts.id
  const message = parts === null ? `Not an id: expected ${type}:<uuid>.` : `Expected the id of a ${type}.`
  throw new InvalidInputError([{ path, message }])
}
