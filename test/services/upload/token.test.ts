import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSigner } from '../../../src/adapters/signer.ts'
import { createUploadTokens } from '../../../src/services/upload/token.ts'

const secretOf = (letter: string) => letter.repeat(32)
const signer = createSigner({
  keys: [
    { id: 'new', secret: secretOf('n') },
    { id: 'old', secret: secretOf('o') },
  ],
})
const clock = { time: new Date('2026-01-01T00:00:00Z'), now: () => clock.time }
const tokens = createUploadTokens({ signer, clock })
const id = '01890000-0000-7000-8000-000000000001'
const expiresAt = new Date('2026-01-02T00:00:00.500Z')

const withTime = <Result>(time: Date, act: () => Result): Result => {
  const previousTime = clock.time
  clock.time = time
  try {
    return act()
  } finally {
    clock.time = previousTime
  }
}

test('opens its upload until it expires, then never', () => {
  const token = tokens.create({ id, expiresAt })
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), (time) => {
      const isOpen = withTime(time, () => tokens.verify(id, token))
      if (time <= expiresAt) expect(isOpen).toBe(true)
      if (time.getTime() >= expiresAt.getTime() + 1000) expect(isOpen).toBe(false)
    }),
  )
})

test('opens no other upload', () => {
  const token = tokens.create({ id, expiresAt })
  fc.assert(
    fc.property(fc.uuid(), (other) => {
      expect(tokens.verify(other, token)).toBe(other === id)
    }),
  )
})

test('a token with any character changed, added or left out is forged', () => {
  const token = tokens.create({ id, expiresAt })
  fc.assert(
    fc.property(fc.nat(token.length), fc.nat(2), fc.string({ maxLength: 3 }), (position, removed, inserted) => {
      const forged = token.slice(0, position) + inserted + token.slice(position + removed)
      expect(tokens.verify(id, forged)).toBe(forged === token)
    }),
    { numRuns: 1000 },
  )
})

test('what was signed for another purpose is no upload token', () => {
  const expires = Math.ceil(expiresAt.getTime() / 1000)
  expect(tokens.verify(id, `${expires}.${signer.sign(`file:version:${id}:${expires}`)}`)).toBe(false)
})

test('a token of the former key is good as long as the key is known', () => {
  const former = createSigner({ keys: [{ id: 'old', secret: secretOf('o') }] })
  const token = createUploadTokens({ signer: former, clock }).create({ id, expiresAt })
  expect(tokens.verify(id, token)).toBe(true)
  const newKeySigner = createSigner({ keys: [{ id: 'new', secret: secretOf('n') }] })
  expect(createUploadTokens({ signer: newKeySigner, clock }).verify(id, token)).toBe(false)
})

test('a signer needs sound keys', () => {
  expect(() => createSigner({ keys: [] })).toThrow('at least one key')
  expect(() => createSigner({ keys: [{ id: 'a.b', secret: secretOf('x') }] })).toThrow('key id')
  expect(() => createSigner({ keys: [{ id: 'a', secret: 'short' }] })).toThrow('shorter than 32')
  const duplicateKey = { id: 'a', secret: secretOf('x') }
  expect(() => createSigner({ keys: [duplicateKey, duplicateKey] })).toThrow('the same id')
})
