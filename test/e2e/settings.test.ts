import { expect } from 'vitest'
import { it as base } from '../harness/it.ts'

const it = base.extend('worldOptions', { scope: 'file' }, () => ({
  env: { MAX_UPLOAD_BYTES: '5000000000', TRASH_DAYS: '7' },
}))

const query = '{ settings { maxUploadBytes trashDays undoSeconds features } }'

it.for(['viewer', 'editor', 'admin'] as const)(
  'settings are what the server runs with, for the role %s',
  async (role, { world }) => {
    expect(await world.post(await world.token(role), query)).toEqual({
      data: { settings: { maxUploadBytes: 5_000_000_000, trashDays: 7, undoSeconds: 30, features: [] } },
    })
  },
)

it('settings need a token', async ({ world }) => {
  expect((await world.post(null, query)).errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED')
})

it('settings are read without a statement', async ({ world }) => {
  const token = await world.token('viewer')
  await world.post(token, query)
  expect(await world.captureStatements(() => world.post(token, query))).toEqual([])
})
