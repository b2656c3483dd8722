import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Change, createChangeWindow } from '../../../src/services/media/changeWindow.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const openWindow = () => {
  const members = new Set<string>()
  const events: Change[][] = []
  let overflows = 0
  const changeWindow = createChangeWindow({
    isMember: (id) => members.has(id),
    emit: (changes) => void events.push(changes),
    onOverflow: () => {
      overflows += 1
    },
  })
  /** Moves a media into the list or out of it, or changes it there. */
  const move = (id: string, isMember: boolean): void => {
    const wasMember = members.has(id)
    if (isMember) members.add(id)
    else members.delete(id)
    changeWindow.note(id, wasMember, isMember)
  }
  return {
    events,
    changeWindow,
    move,
    overflows: () => overflows,
    kinds: () => events.flat().map(({ kind, mediaId }) => `${mediaId} ${kind}`),
  }
}

describe('the changes of one media within a second', () => {
  it.each<[string, boolean, boolean[], string[]]>([
    ['an entry', false, [true], ['x ADDED']],
    ['an exit', true, [false], ['x REMOVED']],
    ['a change inside', true, [true, true], ['x CHANGED']],
    ['an entry with more changes', false, [true, true, true], ['x ADDED']],
    ['an exit with a return', true, [false, true], ['x CHANGED']],
    ['an entry with an exit, since a client may have listed it', false, [true, false], ['x REMOVED']],
    ['changes outside', false, [false, false], []],
  ])('are one change: %s', (_, wasMember, steps, expected) => {
    const { move, events, kinds } = openWindow()
    if (wasMember) move('x', true)
    vi.advanceTimersByTime(2000)
    events.length = 0
    for (const isMember of steps) move('x', isMember)
    vi.advanceTimersByTime(2000)
    expect(kinds()).toEqual(expected)
  })

  it('are reported one second after the first of them', () => {
    const { move, kinds } = openWindow()
    move('x', true)
    vi.advanceTimersByTime(900)
    move('x', true)
    expect(kinds()).toEqual([])
    vi.advanceTimersByTime(101)
    expect(kinds()).toEqual(['x ADDED'])
  })
})

it('reports the changes of different media in one event', () => {
  const { move, events } = openWindow()
  for (const id of ['x', 'y', 'z']) move(id, true)
  vi.advanceTimersByTime(1001)
  expect(events).toHaveLength(1)
  expect(events[0]?.map(({ mediaId }) => mediaId)).toEqual(['x', 'y', 'z'])
})

it('divides many changes into events of at most 100', () => {
  const { move, events } = openWindow()
  for (let number = 0; number < 2550; number++) move(`m${number}`, true)
  vi.advanceTimersByTime(5000)
  expect(events.flat()).toHaveLength(2550)
  expect(Math.max(...events.map(({ length }) => length))).toBe(100)
})

it('announces that more than 50,000 media wait', () => {
  const { move, overflows } = openWindow()
  for (let number = 0; number < 50_000; number++) move(`m${number}`, true)
  expect(overflows()).toBe(0)
  move('one more', true)
  expect(overflows()).toBe(1)
})

it('reports nothing after it was closed', () => {
  const { move, changeWindow, events } = openWindow()
  move('x', true)
  changeWindow.close()
  vi.advanceTimersByTime(2000)
  expect(events).toEqual([])
})
