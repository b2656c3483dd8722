import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { it } from './uploadsIt.ts'
import { bearer, patch } from './uploadsWorld.ts'

const bytes = randomBytes(1000)

it('reports the bytes of a small file once', async ({ world }) => {
  const { id } = await world.create(bytes.length)
  expect(await world.call('PATCH', `/uploads/${id}`, { ...bearer('ada'), ...patch(0) }, bytes)).toMatchObject({
    status: 204,
  })
  expect(world.row(id).received).toEqual([bytes.length])
})

it('repeats a report that failed', async ({ world }) => {
  const { id } = await world.create(bytes.length)
  const { recordProgress } = world.sessions
  let attemptCount = 0
  world.sessions.recordProgress = async (...report) => {
    attemptCount += 1
    if (attemptCount === 1) throw new Error('The database is not reachable.')
    return recordProgress(...report)
  }
  try {
    await world.call('PATCH', `/uploads/${id}`, { ...bearer('ada'), ...patch(0) }, bytes)
  } finally {
    world.sessions.recordProgress = recordProgress
  }
  expect(world.row(id).received).toEqual([bytes.length])
})
