import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSigner } from '../../../src/adapters/signer.ts'
import { InvalidInputError } from '../../../src/services/kernel/errors.ts'
import { fileTargets } from '../../../src/services/storage/findFile.ts'
import { createSignedUrls } from '../../../src/services/storage/signedUrls.ts'

const signer = createSigner({ keys: [{ id: 'k1', secret: 's'.repeat(32) }] })
const clock = { time: new Date('2026-01-01T00:00:00Z'), now: () => clock.time }
const signedUrls = createSignedUrls({ signer, clock, publicUrl: 'https://media.example.com/' })
const id = '01890000-0000-7000-8000-000000000001'
const target = { type: 'version', id, fileName: 'lecture.mp4' } as const

const setTime = (epochMs: number) => {
  clock.time = new Date(epochMs)
}
const verifyUrl = (text: string) => {
  const url = new URL(text)
  return signedUrls.verify(url.pathname, url.searchParams)
}

const types = Object.keys(fileTargets) as (keyof typeof fileTargets)[] // keys of a literal
const anyTarget = fc.record({ type: fc.constantFrom(...types), id: fc.uuid() })
const anyTimeMs = fc.integer({ min: Date.UTC(2024), max: Date.UTC(2060) })
const anyLifetime = fc.integer({ min: 60, max: 7 * 24 * 3600 })

test('a URL opens exactly its target, whatever the file name', () => {
  fc.assert(
    fc.property(anyTarget, fc.string({ unit: 'binary' }), anyTimeMs, (fileTarget, fileName, timeMs) => {
      setTime(timeMs)
      const url = signedUrls.url({ ...fileTarget, fileName })
      const { folder } = fileTargets[fileTarget.type]
      expect(url.startsWith(`https://media.example.com/files/${folder}/${fileTarget.id}/`)).toBe(true)
      expect(verifyUrl(url)).toMatchObject(fileTarget)
    }),
    { numRuns: 500 },
  )
})

test('a URL expires after at least one and at most two requested lifetimes', () => {
  fc.assert(
    fc.property(anyTimeMs, anyLifetime, (timeMs, seconds) => {
      setTime(timeMs)
      const url = signedUrls.url(target, seconds)
      const expiresMs = verifyUrl(url)?.expiresAt.getTime() ?? 0
      expect(expiresMs - timeMs).toBeGreaterThanOrEqual(seconds * 1000)
      expect(expiresMs - timeMs).toBeLessThanOrEqual(2 * seconds * 1000)
    }),
  )
})

test('a URL opens its target until its expiry to the millisecond', () => {
  fc.assert(
    fc.property(anyTimeMs, anyLifetime, (timeMs, seconds) => {
      setTime(timeMs)
      const url = signedUrls.url(target, seconds)
      const expiresMs = verifyUrl(url)?.expiresAt.getTime() ?? 0
      setTime(expiresMs - 1)
      expect(verifyUrl(url)).not.toBeNull()
      setTime(expiresMs)
      expect(verifyUrl(url)).toBeNull()
    }),
  )
})

test('a URL keeps its text for at least half of its lifetime', () => {
  fc.assert(
    fc.property(anyTimeMs, anyLifetime, fc.double({ min: 0, max: 1, noNaN: true }), (timeMs, seconds, part) => {
      // Its lifetime begins when the text is first issued: at the start of a window.
      const windowMs = seconds * 1000
      const issuedMs = Math.ceil(timeMs / windowMs) * windowMs
      setTime(issuedMs)
      const url = signedUrls.url(target, seconds)
      const lifetimeMs = (verifyUrl(url)?.expiresAt.getTime() ?? 0) - issuedMs
      setTime(issuedMs + Math.floor(((lifetimeMs - 1) / 2) * part))
      expect(signedUrls.url(target, seconds)).toBe(url)
      setTime(issuedMs - 1)
      expect(signedUrls.url(target, seconds)).not.toBe(url)
    }),
  )
})

test('a URL opens nothing if any character outside its file name is changed', () => {
  setTime(Date.UTC(2026))
  const url = signedUrls.url(target)
  const nameBegin = url.indexOf('lecture')
  fc.assert(
    fc.property(fc.nat(url.length), fc.nat(2), fc.stringMatching(/^[\w.&=-]{0,3}$/), (position, removed, inserted) => {
      const forged = url.slice(0, position) + inserted + url.slice(position + removed)
      if (position <= 'https://media.example.com'.length || forged === url) return
      if (position >= nameBegin && position + removed <= nameBegin + 'lecture.mp4'.length) return
      // An additional parameter does not change the signed values.
      const [original, changed] = [new URL(url).searchParams, new URL(forged).searchParams]
      const isSigned = ['expires', 'signature'].every((name) => original.get(name) === changed.get(name))
      if (isSigned && new URL(forged).pathname === new URL(url).pathname) return
      expect(verifyUrl(forged)).toBeNull()
    }),
    { numRuns: 2000 },
  )
})

test('a signature is valid for no other type, id or expiry', () => {
  setTime(Date.UTC(2026))
  const url = signedUrls.url(target)
  expect(verifyUrl(url.replace('/versions/', '/renditions/'))).toBeNull()
  expect(verifyUrl(url.replace(id, '01890000-0000-7000-8000-000000000002'))).toBeNull()
  expect(verifyUrl(url.replace(/expires=(\d)/, 'expires=9'))).toBeNull()
  expect(verifyUrl(`${url}&expires=99999999999`)).toBeNull()
  expect(verifyUrl(url.replace('expires=', 'expires=0'))).toBeNull()
})

test.each([59, 0, -1, 7 * 24 * 3600 + 1, 60.5, Number.NaN, Number.POSITIVE_INFINITY])(
  'a lifetime of %d seconds is refused with the name of its field',
  (seconds) => {
    expect(() => signedUrls.url(target, seconds)).toThrow(InvalidInputError)
    expect(() => signedUrls.url(target, seconds)).toThrow(/^expiresInSeconds: /)
  },
)

test.each(['..', '.', '', 'a/b', 'a?b#c', '\ud800', '100 % "ü".mp4'])(
  'the file name %j is encoded as one path segment',
  (fileName) => {
    setTime(Date.UTC(2026))
    const url = new URL(signedUrls.url({ ...target, fileName }))
    expect(url.pathname.split('/')).toHaveLength(5)
    expect(url.hash).toBe('')
    expect(verifyUrl(url.href)).toMatchObject({ type: 'version', id })
  },
)
