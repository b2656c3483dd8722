import { describe, expect, it } from 'vitest'
import { applyChanges } from '../../console/src/data/mediaListLive.ts'
import type { MediaCard } from '../../console/src/data/mediaPages.ts'
import { windowAtStart } from '../../console/src/data/mediaWindow.ts'
import { percentOf } from '../../console/src/live/mediaProgress.ts'

const card = (id: string, uploadedAt: string, title = id): MediaCard => ({
  ...{ id, title, fileName: `${id}.jpg`, kind: 'IMAGE', mimeType: 'image/jpeg', status: 'READY', sizeBytes: 1 },
  ...{ durationSeconds: null, width: 1, height: 1, tags: [], usageCount: 0, uploadedAt, updatedAt: uploadedAt },
  ...{ thumbnail: null, thumbnailPlaceholder: null, failure: null },
})

const window = windowAtStart(
  {
    items: [card('c', '2026-03-01T00:00:00Z'), card('a', '2026-01-01T00:00:00Z')],
    startCursor: 'c',
    endCursor: 'a',
  },
  true,
)

const idsAfter = (...change: Parameters<typeof applyChanges>[1]) =>
  applyChanges(window, change, true).window.items.map(({ id }) => id)

describe('a live change', () => {
  it('adds a media where its time of upload belongs', () => {
    const [newest, middle] = [card('d', '2026-04-01T00:00:00Z'), card('b', '2026-02-01T00:00:00Z')]
    expect(
      idsAfter({ kind: 'ADDED', mediaId: 'd', media: newest }, { kind: 'ADDED', mediaId: 'b', media: middle }),
    ).toEqual(['d', 'c', 'b', 'a'])
  })

  it('counts an added media that is not shown', () => {
    const change = { kind: 'ADDED', mediaId: 'd', media: card('d', '2026-04-01T00:00:00Z') } as const
    expect(applyChanges(window, [change], false)).toEqual({ window, missing: ['d'] })
  })

  it('counts a changed media that is not shown, in the order of changes only', () => {
    const change = { kind: 'CHANGED', mediaId: 'd', media: card('d', '2026-01-01T00:00:00Z') } as const
    expect(applyChanges(window, [change], false, true).missing).toEqual(['d'])
    expect(applyChanges(window, [change], false).missing).toEqual([])
  })

  it('adds a media once', () => {
    expect(idsAfter({ kind: 'ADDED', mediaId: 'c', media: card('c', '2026-03-01T00:00:00Z') })).toEqual(['c', 'a'])
  })

  it('replaces the media that changed and no other', () => {
    const media = card('c', '2026-03-01T00:00:00Z', 'New title')
    const { items } = applyChanges(window, [{ kind: 'CHANGED', mediaId: 'c', media }], true).window
    expect(items[0]).toBe(media)
    expect(items[1]).toBe(window.items[1])
  })

  it('removes a media', () => {
    expect(idsAfter({ kind: 'REMOVED', mediaId: 'c', media: null })).toEqual(['a'])
  })
})

describe('the percentage of the work on a media', () => {
  it('is the mean of its conversions, of which ended ones count as done', () => {
    const renditions = [
      { status: 'READY', percent: 100 },
      { status: 'FAILED', percent: 20 },
      { status: 'PROCESSING', percent: 40 },
      { status: 'QUEUED', percent: 0 },
    ] as const
    expect(percentOf({ renditions: [...renditions] })).toBe(60)
  })

  it('is not known before its conversions are planned', () => {
    expect(percentOf({ renditions: [] })).toBeNull()
  })
})
