import { globalId, type NodeName } from '../../src/services/kernel/ids.ts'

/** One that nothing has. */
export const unknownUuid = '019a5b3c-0000-7000-8000-000000000000'

/** A well-formed id that leads nowhere. */
export const unknownId = (type: NodeName): string => globalId(type, unknownUuid)

/** The primary key in a global id. */
export const uuidOf = (id: string): string => id.slice(id.indexOf(':') + 1)
