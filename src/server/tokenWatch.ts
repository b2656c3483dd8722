import { UnauthenticatedError } from '../services/kernel/errors.ts'
import type { Authenticator } from '../services/kernel/ports.ts'

interface WatchedToken {
  token: string
  onRefused: (error: UnauthenticatedError) => void
}

/** Returns a function that stops watching. */
export type WatchToken = (token: string, onRefused: WatchedToken['onRefused']) => () => void

/**
 * Creates a function that calls back once a token, which was accepted, is refused because the keys have changed. Open
 * connections need it: nothing else verifies their tokens again.
 */
export const createTokenWatch = ({ authenticate, onKeysChange }: Authenticator): WatchToken => {
  const watched = new Set<WatchedToken>()
  let stopListening: (() => void) | null = null
  let isChecking = false
  let isStale = false

  const stop = (entry: WatchedToken): void => {
    if (!watched.delete(entry) || watched.size > 0) return
    stopListening?.()
    stopListening = null
  }

  const check = async (entry: WatchedToken): Promise<void> => {
    try {
      await authenticate(entry.token)
    } catch (error) {
      // Any other error, such as an issuer that does not answer, says nothing about the token.
      if (!(error instanceof UnauthenticatedError) || !watched.has(entry)) return
      stop(entry)
      entry.onRefused(error)
    }
  }

  /** One after the other, so that thousands of signatures do not delay everything else. */
  const checkAll = async (): Promise<void> => {
    isStale = true
    if (isChecking) return
    isChecking = true
    while (isStale) {
      isStale = false
      for (const entry of [...watched]) await check(entry)
    }
    isChecking = false
  }

  return (token, onRefused) => {
    const entry = { token, onRefused }
    watched.add(entry)
    stopListening ??= onKeysChange(() => void checkAll())
    // The keys may have changed since the token was accepted; otherwise this costs a look into a cache.
    void check(entry)
    return () => stop(entry)
  }
}
