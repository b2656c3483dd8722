import { NotFoundError } from './errors.ts'
import { globalId, type NodeName, splitId } from './ids.ts'

const nouns: Record<NodeName, string> = {
  Assignment: 'assignment',
  AssignmentBatch: 'batch',
  Event: 'event',
  Folder: 'folder',
  Media: 'media',
  MediaUsage: 'link',
  MediaVersion: 'version',
  Operation: 'operation',
  Rendition: 'rendition',
  Resource: 'resource',
  Upload: 'upload',
  User: 'user',
}

export const notFoundMessage = (type: NodeName): string => `There is no such ${nouns[type]}.`

/** Refusal that names the missing node. `id` is its Relay id, as the caller sent it, or its primary key. */
export const notFound = (type: NodeName, id: string): NotFoundError =>
  new NotFoundError(notFoundMessage(type), splitId(id) === null ? globalId(type, id) : id)
