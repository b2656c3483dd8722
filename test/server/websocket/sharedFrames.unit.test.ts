import { expect, it } from 'vitest'
import { createSharedFrames, createTextFrame } from '../../../src/server/textFrame.ts'

const json = Buffer.from('{"data":{"text":"ü"}}')
const startOf = (id: string): string => `{"id":${JSON.stringify(id)},"type":"next","payload":`
const frameOf = (id: string, payload = json) => createTextFrame([startOf(id), payload, '}'])

it('a shared frame contains the id of each subscriber', () => {
  const frames = createSharedFrames()
  for (const id of ['a', 'b', 'ü', 'é', 'a longer id', 'b']) {
    const frame = frames.take(startOf(id), json)
    expect(frame).toEqual(frameOf(id))
    frames.giveBack(frame)
  }
})

it.for([10, 100, 1000, 70_000])('a shared frame of %i bytes is written again in place', (length) => {
  const frames = createSharedFrames()
  const payload = Buffer.alloc(length, 'x')
  const first = frames.take(startOf('a'), payload)
  frames.giveBack(first)
  const second = frames.take(startOf('b'), payload)
  expect(second).toBe(first)
  expect(second.equals(frameOf('b', payload))).toBe(true)
})

it('a frame that still waits keeps its id', () => {
  const frames = createSharedFrames()
  const waiting = frames.take(startOf('a'), json)
  const next = frames.take(startOf('b'), json)
  frames.giveBack(next)
  frames.take(startOf('c'), json)
  expect(waiting).toEqual(frameOf('a'))
})

it('a frame of another result is not written again', () => {
  const frames = createSharedFrames()
  const first = frames.take(startOf('a'), json)
  frames.giveBack(first)
  const other = frames.take(startOf('b'), Buffer.from(json))
  frames.giveBack(first)
  frames.take(startOf('c'), Buffer.from(json))
  expect([first, other]).toEqual([frameOf('a'), frameOf('b')])
})
