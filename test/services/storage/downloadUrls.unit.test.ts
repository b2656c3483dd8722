import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSigner } from '../../../src/adapters/signer.ts'
import { fileTargets } from '../../../src/services/storage/findFile.ts'
import { createSignedUrls } from '../../../src/services/storage/signedUrls.ts'

const signer = createSigner({ keys: [{ id: 'k1', secret: 's'.repeat(32) }] })
const clock = { now: () => new Date('2026-01-01T00:00:00Z') }
const signedUrls = createSignedUrls({ signer, clock, publicUrl: 'https://media.example.com/' })

const types = Object.keys(fileTargets) as (keyof typeof fileTargets)[] // keys of a literal
const anyTarget = fc.record({ type: fc.constantFrom(...types), id: fc.uuid(), isDownload: fc.boolean() })

const verifyUrl = (text: string) => {
  const url = new URL(text)
  return signedUrls.verify(url.pathname, url.searchParams)
}

test('a URL says whether the file is a download', () => {
  fc.assert(
    fc.property(anyTarget, fc.string({ unit: 'binary' }), (target, fileName) => {
      expect(verifyUrl(signedUrls.url({ ...target, fileName }))).toMatchObject(target)
    }),
  )
})

test('a signature does not open the other presentation of the file', () => {
  fc.assert(
    fc.property(anyTarget, (target) => {
      const own = new URL(signedUrls.url({ ...target, fileName: 'a.mp4' }))
      const other = new URL(signedUrls.url({ ...target, isDownload: !target.isDownload, fileName: 'a.mp4' }))
      other.searchParams.set('signature', own.searchParams.get('signature') ?? '')
      expect(verifyUrl(other.href)).toBeNull()
    }),
  )
})

test.for(['inline', '', 'ATTACHMENT', 'attachment;'])('a disposition of %j is refused', (value) => {
  const url = new URL(signedUrls.url({ type: 'version', id: crypto.randomUUID(), fileName: 'a.mp4', isDownload: true }))
  url.searchParams.set('disposition', value)
  expect(verifyUrl(url.href)).toBeNull()
})
