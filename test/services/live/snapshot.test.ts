import { describe, expect, it } from 'vitest'
import { overlay } from '../../../src/services/live/snapshot.ts'

const part = (fields: Record<string, unknown>, revision = 1) => ({ revision, live: 0, fields })

describe('overlay', () => {
  it('replaces the fields of rows it knows, however deep they lie, and leaves the rest', () => {
    const at = new Date()
    const row = { id: 'm', at, sizeBytes: 1n, versions: [{ id: 'v', status: 'PROCESSING', renditions: [{ id: 'r' }] }] }
    const parts = new Map([
      ['v', part({ status: 'READY' })],
      ['r', part({ percent: 40 })],
    ])
    expect(overlay(row, parts)).toEqual({
      id: 'm',
      at,
      sizeBytes: 1n,
      versions: [{ id: 'v', status: 'READY', renditions: [{ id: 'r', percent: 40 }] }],
    })
    expect(row.versions[0]?.status).toBe('PROCESSING')
  })

  it('leaves out what is no part yet, only where parts are listed', () => {
    const [known, unknown] = [{ id: 'r' }, { id: 's' }]
    const row = { id: 'm', renditions: [known, unknown], other: { renditions: [unknown] }, names: [{ name: 'x' }] }
    expect(overlay(row, new Map([['r', part({})]]), ['renditions', 'names'])).toEqual({ ...row, renditions: [known] })
  })

  it('shows the moment of the event, also where the row is ahead of it', () => {
    const parts = new Map([['r', part({ revision: 1, status: 'PROCESSING' })]])
    expect(overlay({ id: 'r', revision: 2, status: 'READY', sizeBytes: 9 }, parts)).toEqual({
      id: 'r',
      revision: 1,
      status: 'PROCESSING',
      sizeBytes: 9,
    })
  })
})
