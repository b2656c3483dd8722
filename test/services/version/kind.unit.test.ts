import { expect, test } from 'vitest'
import { isCompatibleKind } from '../../../src/services/version/kind.ts'

const drawing = { kind: 'DOCUMENT', mimeType: 'image/svg+xml', status: 'READY' } as const

test('a drawing that was a document before may be replaced by a drawing', () => {
  expect(isCompatibleKind(drawing, { kind: 'IMAGE', mimeType: 'image/svg+xml' })).toBe(true)
})

test('a drawing that was a document before is not replaced by a photo', () => {
  expect(isCompatibleKind(drawing, { kind: 'IMAGE', mimeType: 'image/jpeg' })).toBe(false)
})
