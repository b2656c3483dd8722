import { describe, expect, it } from 'vitest'
import { applySnapshot } from '../../../src/services/live/snapshot.ts'

const trackedRow = (fields: Record<string, unknown>, revision = 1) => ({ revision, progress: 0, fields })

describe('overlay', () => {
  it('replaces the fields of rows it knows, however deep they lie, and leaves the rest', () => {
    const at = new Date()
    const row = { id: 'm', at, sizeBytes: 1n, versions: [{ id: 'v', status: 'PROCESSING', renditions: [{ id: 'r' }] }] }
    const parts = new Map([
      ['v', trackedRow({ status: 'READY' })],
      ['r', trackedRow({ percent: 40 })],
    ])
    expect(applySnapshot(row, parts)).toEqual({
      id: 'm',
      at,
      sizeBytes: 1n,
      versions: [{ id: 'v', status: 'READY', renditions: [{ id: 'r', percent: 40 }] }],
    })
    expect(row.versions[0]?.status).toBe('PROCESSING')
  })

  it('leaves out what is no part yet, only where parts are listed', () => {
    const [tracked, untracked] = [{ id: 'r' }, { id: 's' }]
    const row = {
      id: 'm',
      renditions: [tracked, untracked],
      other: { renditions: [untracked] },
      names: [{ name: 'x' }],
    }
    expect(applySnapshot(row, new Map([['r', trackedRow({})]]), ['renditions', 'names'])).toEqual({
      ...row,
      renditions: [tracked],
    })
  })

  it('shows the moment of the event, also where the row is ahead of it', () => {
    const parts = new Map([['r', trackedRow({ revision: 1, status: 'PROCESSING' })]])
    expect(applySnapshot({ id: 'r', revision: 2, status: 'READY', sizeBytes: 9 }, parts)).toEqual({
      id: 'r',
      revision: 1,
      status: 'PROCESSING',
      sizeBytes: 9,
    })
  })
})
