import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFinal, type UploadItem } from '../../../console/src/state/uploadItem.ts'
import { maxSending, reduceUploads, type UploadEvent } from '../../../console/src/state/uploadQueue.ts'

const fileOf = (name: string, size = 100): File => new File([new Uint8Array(size)], name, { lastModified: 1 })

const add = (...ids: string[]): UploadEvent => ({ type: 'added', items: ids.map((id) => ({ id, file: fileOf(id) })) })

const run = (...events: UploadEvent[]): readonly UploadItem[] => events.reduce<readonly UploadItem[]>(reduceUploads, [])

const checked = (id: string): UploadEvent => ({ type: 'checked', id, sha256: null, open: null })
const sending = (...ids: string[]): UploadEvent[] => [add(...ids), ...ids.map(checked), { type: 'started' }]
const failure = { code: 'A', message: 'No.', remedy: null, requestId: null, retry: 'upload' } as const
const stagesOf = (items: readonly UploadItem[]) => items.map(({ stage }) => stage)

describe('the queue of uploads', () => {
  it('sends at most three files at the same time', () => {
    expect(stagesOf(run(...sending('a', 'b', 'c', 'd')))).toEqual(['sending', 'sending', 'sending', 'waiting'])
  })

  it('starts the next file when one has been sent', () => {
    const items = run(...sending('a', 'b', 'c', 'd'), { type: 'sent', id: 'b', mediaId: 'm' })
    expect(stagesOf(items)).toEqual(['sending', 'processing', 'sending', 'sending'])
  })

  it('starts a file that was still being checked when the person started all', () => {
    expect(stagesOf(run(add('a'), { type: 'started' }, checked('a')))).toEqual(['sending'])
  })

  it('waits for the choice about a duplicate', () => {
    const existing = { id: 'm', title: 'M' }
    const found: UploadEvent[] = [
      add('a'),
      { type: 'started' },
      { type: 'duplicateFound', id: 'a', existing, sha256: 'f' },
    ]
    expect(stagesOf(run(...found))).toEqual(['duplicate'])
    expect(run(...found, { type: 'duplicateAllowed', id: 'a' })).toMatchObject([
      { stage: 'sending', allowsDuplicate: true, sha256: 'f' },
    ])
    expect(stagesOf(run(...found, { type: 'existingUsed', id: 'a' }))).toEqual(['used'])
  })

  it('drops a file that it holds already', () => {
    expect(run(add('a'), { type: 'added', items: [{ id: 'b', file: fileOf('a') }] })).toHaveLength(1)
  })

  it('keeps what arrived for a file that is retried while its upload is open', () => {
    const items = run(
      ...sending('a'),
      { type: 'created', id: 'a', uploadId: 'u', mediaId: 'm' },
      { type: 'progressed', id: 'a', sentBytes: 40, atMs: 1 },
      { type: 'failed', id: 'a', failure, isUploadOver: false },
      { type: 'retried', id: 'a' },
    )
    expect(items).toMatchObject([{ stage: 'sending', uploadId: 'u', sentBytes: 40, attempt: 1 }])
  })

  it('begins a new upload if the last one is over', () => {
    const items = run(
      ...sending('a'),
      { type: 'created', id: 'a', uploadId: 'u', mediaId: 'm' },
      { type: 'failed', id: 'a', failure, isUploadOver: true },
      { type: 'retried', id: 'a' },
    )
    expect(items).toMatchObject([{ stage: 'checking', uploadId: null, sentBytes: 0 }])
  })

  it('shows a file as uploaded if all bytes had arrived before its cancellation', () => {
    const items = run(
      ...sending('a'),
      { type: 'created', id: 'a', uploadId: 'u', mediaId: 'm' },
      { type: 'cancelRequested', id: 'a' },
      { type: 'sent', id: 'a', mediaId: 'm' },
    )
    expect(stagesOf(items)).toEqual(['processing'])
  })

  it('remembers an upload that was created while the person cancelled it', () => {
    const items = run(
      ...sending('a'),
      { type: 'cancelRequested', id: 'a' },
      { type: 'created', id: 'a', uploadId: 'u', mediaId: 'm' },
    )
    expect(items).toMatchObject([{ stage: 'cancelling', uploadId: 'u' }])
  })

  it('measures the speed by the bytes of the last seconds', () => {
    const at = (sentBytes: number, atMs: number): UploadEvent => ({ type: 'progressed', id: 'a', sentBytes, atMs })
    const [item] = run(...sending('a'), at(0, 0), at(10, 1000), at(20, 2000))
    expect(item?.bytesPerSecond).toBeCloseTo(10)
  })
})

const ids = ['a', 'b', 'c', 'd', 'e'] as const
const anyId = fc.constantFrom(...ids)

/** Events about one file, made of its id and a number. */
const makers: readonly ((id: string, number: number) => UploadEvent)[] = [
  (id) => add(id),
  checked,
  ...(['duplicateAllowed', 'existingUsed', 'paused', 'resumed', 'cancelRequested', 'cancelled'] as const).map(
    (type) => (id: string) => ({ type, id }),
  ),
  ...(['ready', 'retried', 'reopened', 'removed'] as const).map((type) => (id: string) => ({ type, id })),
  (id, number) => ({ type: 'failed', id, failure, isUploadOver: number % 2 === 0 }),
  (id) => ({ type: 'created', id, uploadId: `u${id}`, mediaId: 'm' }),
  (id, number) => ({ type: 'progressed', id, sentBytes: number, atMs: number }),
  (id) => ({ type: 'interrupted', id, reason: null }),
  (id) => ({ type: 'sent', id, mediaId: 'm' }),
  (id) => ({ type: 'duplicateFound', id, existing: { id: 'm', title: 'M' }, sha256: null }),
]

const anyEvent: fc.Arbitrary<UploadEvent> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.constantFrom<UploadEvent>(
      { type: 'started' },
      { type: 'draftsRemoved' },
      { type: 'finishedRemoved' },
    ),
  },
  {
    weight: 30,
    arbitrary: fc.tuple(fc.constantFrom(...makers), anyId, fc.nat(200)).map(([make, id, number]) => make(id, number)),
  },
)

const anyEvents = fc.array(anyEvent, { maxLength: 60 })
/** Queue after some events on five files, which are new or started. */
const anyQueue = fc
  .tuple(fc.constantFrom([add(...ids)], sending(...ids)), anyEvents)
  .map(([first, events]) => run(...first, ...events))

/** Ends every file as the person and the engine can. */
const endAll = (items: readonly UploadItem[]): readonly UploadItem[] =>
  items.reduce(
    (all, { id }) =>
      (['cancelRequested', 'cancelled', 'ready'] as const).reduce(
        (state, type) => reduceUploads(state, { type, id }),
        all,
      ),
    items,
  )

describe('any order of events', () => {
  it('can be brought to exactly one final stage of each file', () => {
    fc.assert(
      fc.property(anyQueue, (queue) => {
        const items = endAll(queue)
        expect(items.every(isFinal)).toBe(true)
      }),
    )
  })

  it('never sends more than three files, nor leaves a place free while a file waits', () => {
    fc.assert(
      fc.property(anyQueue, (items) => {
        const active = items.filter(({ stage }) => stage === 'sending' || stage === 'interrupted').length
        const isWaiting = items.some(({ stage }) => stage === 'waiting')
        expect(active).toBeLessThanOrEqual(maxSending)
        expect(isWaiting && active < maxSending).toBe(false)
      }),
    )
  })

  it('leaves a final stage only by the person', () => {
    const byPerson = ['added', 'retried', 'reopened', 'removed']
    fc.assert(
      fc.property(anyQueue, (items) => {
        for (const ended of items.filter(isFinal))
          for (const event of makers.map((make) => make(ended.id, 50)))
            if (!byPerson.includes(event.type)) expect(reduceUploads(items, event)).toContain(ended)
      }),
    )
  })
})
