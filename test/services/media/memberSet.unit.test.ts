import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createMemberSet } from '../../../src/services/media/memberSet.ts'

const idOf = (number: number): string =>
  `${(number % 7).toString(16).padStart(8, '0')}-0000-7000-8000-${number.toString(16).padStart(12, '0')}`

const bytesOf = (numbers: Iterable<number>): Uint8Array =>
  Buffer.concat(
    [...new Set(numbers)]
      .map(idOf)
      .toSorted()
      .map((id) => Buffer.from(id.replaceAll('-', ''), 'hex')),
  )

const ids = fc.nat(60)

it('has the same members as a set, whatever is added, removed or replaced', () => {
  const step = fc.oneof(
    { weight: 20, arbitrary: fc.record({ id: ids, isMember: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ members: fc.array(ids) }) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const [set, model] = [createMemberSet(), new Set<number>()]
      for (const change of steps) {
        if ('id' in change) {
          set.set(idOf(change.id), change.isMember)
          if (change.isMember) model.add(change.id)
          else model.delete(change.id)
        } else {
          const next = new Set(change.members)
          expect(set.replace(bytesOf(next)).toSorted()).toEqual(
            [...model, ...next]
              .filter((id) => model.has(id) !== next.has(id))
              .map(idOf)
              .toSorted(),
          )
          model.clear()
          for (const id of next) model.add(id)
        }
      }
      expect(set.size()).toBe(model.size)
      for (let number = 0; number <= 60; number++) expect(set.has(idOf(number))).toBe(model.has(number))
    }),
  )
})

it('has the members that it was given first', () => {
  const set = createMemberSet()
  set.assign(bytesOf([3, 1, 8]))
  expect(set.size()).toBe(3)
  expect([1, 2, 3, 8].filter((number) => set.has(idOf(number)))).toEqual([1, 3, 8])
  expect(set.replace(bytesOf([1, 3]))).toEqual([idOf(8)])
})

it('keeps the members of thousands of changes', () => {
  const set = createMemberSet()
  for (let number = 0; number < 5000; number++) set.set(idOf(number), true)
  for (let number = 0; number < 5000; number += 2) set.set(idOf(number), false)
  expect(set.size()).toBe(2500)
  const members = Array.from({ length: 5000 }, (_, number) => number).filter((number) => set.has(idOf(number)))
  expect(members).toEqual(Array.from({ length: 2500 }, (_, index) => 2 * index + 1))
})
