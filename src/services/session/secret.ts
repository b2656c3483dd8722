import { hash, randomBytes } from 'node:crypto'

const secretPattern = /^[\w-]{43}$/

/** Creates a secret of 256 bits, written in characters that need no escape in a cookie or URL. */
export const createSecret = (): string => randomBytes(32).toString('base64url')

/** Whether a text of a client can be a secret at all. */
export const isSecret = (text: unknown): text is string => typeof text === 'string' && secretPattern.test(text)

/** Returns the form in which the database holds a secret: it is of no use to a reader of the table. */
export const hashSecret = (secret: string): string => hash('sha256', secret)
