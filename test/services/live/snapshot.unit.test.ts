import { describe, expect, it } from 'vitest'
import { applySnapshot } from '../../../src/services/live/snapshot.ts'

const trackedRow = (fields: Record<string, unknown>, revision = 1) => ({ revision, progress: 0, fields })

describe('applySnapshot', () => {
  const at = new Date()
  const createRow = () => ({
    id: 'm',
    at,
    sizeBytes: 1n,
    versions: [{ id: 'v', status: 'PROCESSING', renditions: [{ id: 'r' }] }],
  })
  const trackedRows = new Map([
    ['v', trackedRow({ status: 'READY' })],
    ['r', trackedRow({ percent: 40 })],
  ])

  it('replaces only the tracked fields of tracked rows, at any depth', () => {
    expect(applySnapshot(createRow(), trackedRows)).toEqual({
      id: 'm',
      at,
      sizeBytes: 1n,
      versions: [{ id: 'v', status: 'READY', renditions: [{ id: 'r', percent: 40 }] }],
    })
  })

  it('does not change the row that it receives', () => {
    const row = createRow()
    applySnapshot(row, trackedRows)
    expect(row.versions[0]?.status).toBe('PROCESSING')
  })

  it('leaves untracked rows out of tracked lists only', () => {
    const [tracked, untracked] = [{ id: 'r' }, { id: 's' }]
    const row = {
      id: 'm',
      renditions: [tracked, untracked],
      other: { renditions: [untracked] },
      names: [{ name: 'x' }],
    }
    expect(applySnapshot(row, new Map([['r', trackedRow({})]]), { trackedLists: ['renditions', 'names'] })).toEqual({
      ...row,
      renditions: [tracked],
    })
  })

  it('shows the state at the time of the event, even if the row is already newer', () => {
    const olderRows = new Map([['r', trackedRow({ revision: 1, status: 'PROCESSING' })]])
    expect(applySnapshot({ id: 'r', revision: 2, status: 'READY', sizeBytes: 9 }, olderRows)).toEqual({
      id: 'r',
      revision: 1,
      status: 'PROCESSING',
      sizeBytes: 9,
    })
  })
})
