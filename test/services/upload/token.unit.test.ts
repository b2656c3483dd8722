import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
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

describe('an upload token', () => {
  it('is valid for its upload until it expires', () => {
    const token = tokens.create({ id, expiresAt })
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), (time) => {
        const isOpen = withTime(time, () => tokens.verify(id, token))
        if (time <= expiresAt) expect(isOpen).toBe(true)
        if (time.getTime() >= expiresAt.getTime() + 1000) expect(isOpen).toBe(false)
      }),
    )
  })

  it('is invalid for every other upload', () => {
    const token = tokens.create({ id, expiresAt })
    fc.assert(
      fc.property(fc.uuid(), (other) => {
        expect(tokens.verify(other, token)).toBe(other === id)
      }),
    )
  })

  it('is invalid with any character changed, added or removed', () => {
    const token = tokens.create({ id, expiresAt })
    fc.assert(
      fc.property(fc.nat(token.length), fc.nat(2), fc.string({ maxLength: 3 }), (position, removed, inserted) => {
        const forged = token.slice(0, position) + inserted + token.slice(position + removed)
        expect(tokens.verify(id, forged)).toBe(forged === token)
      }),
      { numRuns: 1000 },
    )
  })

  it('is not valid if it was signed for another purpose', () => {
    const expires = Math.ceil(expiresAt.getTime() / 1000)
    expect(tokens.verify(id, `${expires}.${signer.sign(`file:version:${id}:${expires}`)}`)).toBe(false)
  })

  it('is valid under a former key as long as that key is configured', () => {
    const former = createSigner({ keys: [{ id: 'old', secret: secretOf('o') }] })
    const token = createUploadTokens({ signer: former, clock }).create({ id, expiresAt })
    expect(tokens.verify(id, token)).toBe(true)
    const newKeySigner = createSigner({ keys: [{ id: 'new', secret: secretOf('n') }] })
    expect(createUploadTokens({ signer: newKeySigner, clock }).verify(id, token)).toBe(false)
  })

  it('is not signed with missing, malformed, short or duplicate keys', () => {
    expect(() => createSigner({ keys: [] })).toThrow('at least one key')
    expect(() => createSigner({ keys: [{ id: 'a.b', secret: secretOf('x') }] })).toThrow('key id')
    expect(() => createSigner({ keys: [{ id: 'a', secret: 'short' }] })).toThrow('shorter than 32')
    const duplicateKey = { id: 'a', secret: secretOf('x') }
    expect(() => createSigner({ keys: [duplicateKey, duplicateKey] })).toThrow('the same id')
  })
})
