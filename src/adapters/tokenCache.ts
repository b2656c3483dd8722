import { hash } from 'node:crypto'
import { createBoundedCache } from '../services/kernel/boundedCache.ts'
import type { TokenIdentity } from '../services/kernel/ports.ts'

/** About 5 MB of identities. */
const maxTokens = 10_000

type ReadIdentity = (token: string) => Promise<TokenIdentity & { expiresAt: Date }>

/**
 * Verifies each token once, until it expires or the keys change. `currentKeys` returns the object that stands for the keys
 * in use, or null if they have to be fetched first. Only valid tokens are kept, by their hash.
 */
export const withTokenCache = (read: ReadIdentity, currentKeys: () => object | null): ReadIdentity => {
  const identities = createBoundedCache<string, Awaited<ReturnType<ReadIdentity>>>(maxTokens)
  let keys: object | null = null

  return async (token) => {
    const keysBefore = currentKeys()
    if (keysBefore !== keys) {
      identities.clear()
      keys = keysBefore
    }
    const tokenHash = hash('sha256', token, 'base64url')
    const known = identities.get(tokenHash)
    if (known !== undefined && known.expiresAt.getTime() > Date.now()) return known
    const identity = await read(token)
    // Keys that were exchanged meanwhile may be others than those that the token was verified with.
    if (keysBefore !== null && currentKeys() === keysBefore && keys === keysBefore) identities.set(tokenHash, identity)
    return identity
  }
}
