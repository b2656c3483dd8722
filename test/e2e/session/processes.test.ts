import { expect } from 'vitest'
import { it as base } from '../../harness/it.ts'
import { freePort } from '../../harness/port.ts'
import { startRedis } from '../../harness/redis.ts'
import { openWorld, type WorldOptions } from '../../harness/world.ts'
import { askViewer, openSocket, send, signIn } from './browser.ts'

const it = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('redis', { scope: 'file' }, async ({}, { onCleanup }) => {
    const redis = await startRedis()
    onCleanup(() => redis.stop())
    return redis
  })
  .extend('worldOptions', { scope: 'file' }, ({ redis }): WorldOptions => ({ env: { REDIS_URL: redis.url } }))
  /** Another API process on the same database. */
  .extend('other', { scope: 'file' }, async ({ world }, { onCleanup }) => {
    const other = await openWorld({ env: { ...world.env, PORT: String(await freePort()) } })
    onCleanup(() => other.close())
    return other
  })

it('a session is valid in every API process', async ({ world, other }) => {
  const cookie = await signIn(world)
  expect(await askViewer(other, { cookie })).toMatchObject({ status: 200 })
})

it('a sign-out closes the sockets in another API process', async ({ world, other }) => {
  const cookie = await signIn(world)
  const { acknowledged, closed } = await openSocket(other, { cookie, origin: other.origin })
  await acknowledged
  await send(world, 'DELETE', '/console/session', { headers: { cookie } })
  expect((await closed).code).toBe(4401)
})

it('another API process refuses a session that it has just accepted once it learns of the sign-out', async ({
  world,
  other,
}) => {
  const cookie = await signIn(world)
  const { acknowledged, closed } = await openSocket(other, { cookie, origin: other.origin })
  await acknowledged
  expect(await askViewer(other, { cookie })).toMatchObject({ status: 200 })
  await send(world, 'DELETE', '/console/session', { headers: { cookie } })
  await closed
  expect(await askViewer(other, { cookie })).toEqual({ status: 401, code: 'UNAUTHENTICATED' })
})

it('a sign-out during an outage of Redis closes the sockets elsewhere after it', async ({ world, other, redis }) => {
  const cookie = await signIn(world)
  const { acknowledged, closed } = await openSocket(other, { cookie, origin: other.origin })
  await acknowledged
  await redis.stop()
  await send(world, 'DELETE', '/console/session', { headers: { cookie } })
  await redis.start()
  expect((await closed).code).toBe(4401)
})
