import { createRemoteJWKSet, type JWKSCacheInput, type JWTVerifyGetKey, jwksCache } from 'jose'
import type { PubSub } from '../services/kernel/ports.ts'

export interface TokenKeysOptions {
  /** Minimum time between two requests for the issuer's keys, whatever key a token names; 30 s by default. */
  cooldownMs?: number
  /** Interval at which the keys are fetched while someone waits for a change; 30 s by default. */
  refreshIntervalMs?: number
  /** Tells the other processes of a change, so that all of them notice it when the first one does. */
  pubsub?: PubSub
}

export interface TokenKeys {
  getKey: JWTVerifyGetKey
  /** Returns an object that is another one after each change of the keys; null if they have to be fetched first. */
  current(): object | null
  /** Has to be called after a token was verified, which may have fetched other keys. */
  noticeChange(): void
  /** Calls back after each change of the keys. Returns a function that removes the listener. */
  onChange(listener: () => void): () => void
}

const channel = 'token-keys'

/** Creates the key set of a token issuer, fetched when a token needs it. */
export const createTokenKeys = (url: string, options: TokenKeysOptions): TokenKeys => {
  const { cooldownMs = 30_000, refreshIntervalMs = 30_000, pubsub } = options
  const cache: JWKSCacheInput = {}
  const keys = createRemoteJWKSet(new URL(url), { cooldownDuration: cooldownMs, [jwksCache]: cache })
  const listeners = new Set<() => void>()
  let known: object | undefined
  let knownText: string | null = null

  const noticeChange = (): void => {
    if (cache.jwks === known) return
    known = cache.jwks
    const previousText = knownText
    knownText = JSON.stringify(known)
    if (previousText === null || previousText === knownText) return
    pubsub?.publish(channel, null)
    for (const listener of [...listeners]) listener()
  }

  const refresh = (): void => void keys.reload().then(noticeChange, () => undefined) // an issuer that fails is reported by the next token that needs it

  const watch = (): (() => void) => {
    const timer = setInterval(refresh, refreshIntervalMs)
    timer.unref()
    const stopListening = pubsub?.onReconnect(refresh)
    const subscription = pubsub?.subscribe(channel, refresh)
    subscription?.catch(() => undefined) // the interval notices changes, too
    return () => {
      clearInterval(timer)
      stopListening?.()
      subscription?.then((unsubscribe) => unsubscribe()).catch(() => undefined)
    }
  }

  let stopWatching: (() => void) | null = null
  return {
    getKey: keys,
    current: () => (keys.fresh ? (cache.jwks ?? null) : null),
    noticeChange,
    onChange(listener) {
      listeners.add(listener)
      stopWatching ??= watch()
      return () => {
        if (!listeners.delete(listener) || listeners.size > 0) return
        stopWatching?.()
        stopWatching = null
      }
    },
  }
}
