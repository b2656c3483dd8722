import { expect, it } from 'vitest'
import type { Database } from '../../../src/services/kernel/ports.ts'
import { mediaSource } from '../../../src/services/live/mediaSource.ts'
import { applySnapshot } from '../../../src/services/live/snapshot.ts'

const open = () => {
  const calls: unknown[] = []
  const findUnique = (args: unknown) => calls.push(args)
  const source = mediaSource({ media: { findUnique } } as unknown as Database) // as: all that `load` uses
  return { calls, source }
}

const show = (number: number, status: string) => {
  const row = { id: 'm', status: 'READY', currentVersion: { id: 'v', number, status: 'READY' } }
  const trackedRows = new Map([['v', { revision: 1, progress: 0, fields: { status } }]])
  return applySnapshot(row, trackedRows, open().source.snapshotRules)
}

it('The status of a media follows from its first version at the time of the event', () => {
  expect(show(1, 'PROCESSING')).toMatchObject({ status: 'PROCESSING' })
})

it('A media with a later version is ready', () => {
  expect(show(2, 'PROCESSING')).toMatchObject({ status: 'READY' })
})

it('A projection with the status of a media also loads its current version', () => {
  const { calls, source } = open()
  const currentVersion = { select: { width: true } }
  const versions = { take: 2, select: { media: { select: { status: true } } } }
  void source.load('m', { select: { title: true, status: true, currentVersion, versions } })
  const columns = { id: true, number: true, status: true }
  expect(calls).toEqual([
    {
      where: { id: 'm', deletedAt: null },
      select: {
        title: true,
        status: true,
        currentVersion: { select: { width: true, ...columns } },
        versions: { take: 2, select: { media: { select: { status: true, currentVersion: { select: columns } } } } },
      },
    },
  ])
})

it('A projection without the status stays as it is', () => {
  const { calls, source } = open()
  void source.load('m', { select: { title: true } })
  expect(calls).toEqual([{ where: { id: 'm', deletedAt: null }, select: { title: true } }])
})
