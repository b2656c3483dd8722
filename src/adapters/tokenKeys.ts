import { createRemoteJWKSet, type JSONWebKeySet, type JWKSCacheInput, type JWTVerifyGetKey, jwksCache } from 'jose'
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

/** Text of the keys, whatever their order: issuers may list them in another one each time. */
const textOf = (keySet: JSONWebKeySet | undefined): string => {
  const keys = keySet?.keys ?? []
  return JSON.stringify(keys.map((key) => JSON.stringify(Object.entries(key).toSorted())).toSorted())
}

/** Creates the key set of a token issuer, fetched when a token needs it. */
export const createTokenKeys = (url: string, options: TokenKeysOptions): TokenKeys => {
  const { cooldownMs = 30_000, refreshIntervalMs = 30_000, pubsub } = options
  const cache: JWKSCacheInput = {}
  const keys = createRemoteJWKSet(new URL(url), { cooldownDuration: cooldownMs, [jwksCache]: cache })
  const listeners = new Set<() => void>()
  let known: JSONWebKeySet | undefined
  let knownText: string | null = null

  const notice = (isPublished: boolean): void => {
    if (cache.jwks === known) return
    known = cache.jwks
    const previousText = knownText
    knownText = textOf(known)
    if (previousText === null || previousText === knownText) return
    // Otherwise an issuer whose servers differ for a while would be asked without end: each answer would be a change.
    if (!isPublished) pubsub?.publish(channel, null)
    for (const listener of [...listeners]) listener()
  }

  const noticeChange = (): void => notice(false)

  // An issuer that fails is reported by the next token that needs it.
  const refresh = (isPublished = false): void =>
    void keys.reload().then(
      () => notice(isPublished),
      () => undefined,
    )

  const watch = (): (() => void) => {
    const timer = setInterval(refresh, refreshIntervalMs)
    timer.unref()
    const stopListening = pubsub?.onReconnect(() => refresh())
    const subscription = pubsub?.subscribe(channel, () => refresh(true))
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
