import { globalId, type NodeName } from '../../src/services/kernel/ids.ts'

/** UUID that no row has. */
export const unknownUuid = '019a5b3c-0000-7000-8000-000000000000'

/** Well-formed global id of a node that does not exist. */
export const unknownId = (type: NodeName): string => globalId(type, unknownUuid)

/** Primary key contained in a global id. */
export const uuidOf = (id: string): string => id.slice(id.indexOf(':') + 1)
