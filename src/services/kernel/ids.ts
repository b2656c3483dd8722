import { z } from 'zod'
import { InvalidInputError } from './errors.ts'

/** Types that have Relay ids, written `Media:<uuid>`. */
export type NodeName =
  | 'Assignment'
  | 'AssignmentBatch'
  | 'Event'
  | 'Folder'
  | 'Media'
  | 'MediaUsage'
  | 'MediaVersion'
  | 'Operation'
  | 'Rendition'
  | 'Resource'
  | 'Upload'
  | 'User'

const uuid = z.uuid()

export const globalId = (type: NodeName, id: string): string => `${type}:${id}`

/** Splits a Relay id; null where it is malformed. Says nothing about whether the thing exists. */
export const splitId = (text: string): { type: string; id: string } | null => {
  const colon = text.indexOf(':')
  const id = text.slice(colon + 1)
  return colon > 0 && uuid.safeParse(id).success ? { type: text.slice(0, colon), id: id.toLowerCase() } : null
}

/** The primary key in a Relay id of the given type. `path` names the argument in the refusal. */
export const parseId = (type: NodeName, text: string, path = 'id'): string => {
  const parts = splitId(text)
  if (parts?.type === type) return parts.id
  const message = parts === null ? `Not an id: expected ${type}:<uuid>.` : `Expected the id of a ${type}.`
  throw new InvalidInputError([{ path, message }])
}
