import { expect } from 'vitest'
import { makeToken } from '../../../src/adapters/auth.ts'
import { it as base } from '../../harness/it.ts'
import { testSecret, type World } from '../../harness/world.ts'
import { upsertUser } from './calls.ts'

const it = base.extend('sub', () => `person-${crypto.randomUUID()}`)

/** Name of the user after a call with a token of this name. */
const nameAfterCall = async (world: World, sub: string, name: string) => {
  const token = await makeToken(testSecret, { sub, name, role: 'viewer', kind: 'person', expires: '1h' })
  const { data } = await world.post(token, '{ viewer { name } }')
  return (data as { viewer: { name: string } }).viewer.name // as: the shape of the query
}

it('a token without a name keeps the name of userUpsert', async ({ world, users: { admin }, sub }) => {
  await upsertUser(admin, sub, 'Ada Lovelace')
  expect(await nameAfterCall(world, sub, '')).toBe('Ada Lovelace')
})

it('a token without a name keeps the name of an earlier token', async ({ world, sub }) => {
  await nameAfterCall(world, sub, 'Ada Lovelace')
  expect(await nameAfterCall(world, sub, ' \u200E')).toBe('Ada Lovelace')
})

it('a token with a name replaces the sub of an earlier token without one', async ({ world, sub }) => {
  expect(await nameAfterCall(world, sub, '')).toBe(sub)
  expect(await nameAfterCall(world, sub, 'Ada Lovelace')).toBe('Ada Lovelace')
})
