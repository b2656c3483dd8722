import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Signer } from '../services/kernel/ports.ts'

export interface SigningKey {
  id: string
  secret: string
}

const keyIdPattern = /^[A-Za-z0-9_-]{1,32}$/

/**
 * Creates an HMAC-SHA256 signer. The first key signs, all keys verify: put a new key first, and remove the old one
 * later.
 */
export const createSigner = ({ keys }: { keys: SigningKey[] }): Signer => {
  const [currentKey] = keys
  if (currentKey === undefined) throw new Error('A signer needs at least one key.')
  for (const { id, secret } of keys) {
    if (!keyIdPattern.test(id))
      throw new Error(`A key id must consist of letters, digits, - and _: ${JSON.stringify(id)}`)
    if (secret.length < 32) throw new Error(`The secret of key ${id} is shorter than 32 characters.`)
  }
  const secrets = new Map(keys.map(({ id, secret }) => [id, secret]))
  if (secrets.size < keys.length) throw new Error('Two keys of a signer have the same id.')

  const computeMac = (secret: string, text: string): string =>
    createHmac('sha256', secret).update(text).digest('base64url')

  return {
    sign: (text) => `${currentKey.id}.${computeMac(currentKey.secret, text)}`,

    verify: (text, signature) => {
      const [keyId = '', providedMac = '', ...rest] = signature.split('.')
      const secret = secrets.get(keyId)
      if (secret === undefined || rest.length > 0) return false
      // Compared as text: base64url has several spellings of the same bytes, and only one of them was issued.
      const expected = Buffer.from(computeMac(secret, text))
      const actual = Buffer.from(providedMac)
      return actual.length === expected.length && timingSafeEqual(actual, expected)
    },
  }
}
