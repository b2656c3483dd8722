import { expect, it, vi } from 'vitest'
import { createTokenWatch } from '../../src/server/tokenWatch.ts'
import { UnauthenticatedError } from '../../src/services/kernel/errors.ts'
import type { Authenticator, TokenIdentity } from '../../src/services/kernel/ports.ts'

const refusal = new UnauthenticatedError('The token is invalid.')

/** Authenticator of tokens that are valid until they are listed in `errors`. */
const createKeys = () => {
  const errors = new Map<string, Error>()
  const listeners = new Set<() => void>()
  const checked: string[] = []
  const authenticator: Authenticator = {
    async authenticate(token) {
      checked.push(token)
      const error = errors.get(token)
      if (error !== undefined) throw error
      return {} as TokenIdentity // as: nothing reads it
    },
    onKeysChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  const change = () => {
    for (const listener of listeners) listener()
  }
  return { watch: createTokenWatch(authenticator), errors, listeners, checked, change }
}

/** Resolves with the tokens that were refused, once as many as expected are. */
const collect = (count: number) => {
  const refused: string[] = []
  const { promise, resolve } = Promise.withResolvers<string[]>()
  const note = (token: string) => () => {
    refused.push(token)
    if (refused.length === count) resolve(refused)
  }
  return { note, refused: promise }
}

it('a watched token that is refused after a change of the keys calls back', async () => {
  const { watch, errors, change } = createKeys()
  const { note, refused } = collect(2)
  for (const token of ['withdrawn', 'valid', 'also withdrawn']) watch(token, note(token))
  errors.set('withdrawn', refusal).set('also withdrawn', refusal)
  change()
  expect(await refused).toEqual(['withdrawn', 'also withdrawn'])
})

it('a token that was refused before it is watched calls back without another change', async () => {
  const { watch, errors } = createKeys()
  const { note, refused } = collect(1)
  errors.set('late', refusal)
  watch('late', note('late'))
  expect(await refused).toEqual(['late'])
})

it('an error that does not concern the token ends nothing', async () => {
  const { watch, errors, change } = createKeys()
  const { note, refused } = collect(1)
  watch('unchecked', note('unchecked'))
  watch('withdrawn', note('withdrawn'))
  errors.set('unchecked', new Error('The issuer does not answer.')).set('withdrawn', refusal)
  change()
  expect(await refused).toEqual(['withdrawn'])
})

it('a token that is watched no longer does not call back', async () => {
  const { watch, errors, change } = createKeys()
  const { note, refused } = collect(1)
  const onRefused = vi.fn()
  const stop = watch('left', onRefused)
  watch('withdrawn', note('withdrawn'))
  errors.set('left', refusal).set('withdrawn', refusal)
  change()
  stop()
  await refused
  expect(onRefused).not.toHaveBeenCalled()
})

it('a change during a check causes another check', async () => {
  const { watch, errors, checked, change } = createKeys()
  const { note, refused } = collect(1)
  watch('withdrawn', note('withdrawn'))
  await vi.waitFor(() => expect(checked).toEqual(['withdrawn']))
  change()
  change()
  errors.set('withdrawn', refusal)
  expect(await refused).toEqual(['withdrawn'])
})

it('the keys are observed only while a token is watched', async () => {
  const { watch, listeners } = createKeys()
  const stops = [watch('a', () => undefined), watch('b', () => undefined)]
  expect(listeners.size).toBe(1)
  for (const stop of stops) stop()
  expect(listeners.size).toBe(0)
})
