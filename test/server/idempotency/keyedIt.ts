import { it as base } from 'vitest'
import { startServerWorld } from '../serverWorld.ts'
import { openKeyedServers } from './keyedServers.ts'

/** `it` with two servers on one database that accept idempotency keys, and a new caller `ada` per test. */
export const it = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('servers', { scope: 'file' }, async ({}, { onCleanup }) => {
    const servers = await openKeyedServers()
    onCleanup(() => servers.close())
    return servers
  })
  .extend('world', { scope: 'file' }, ({ servers }) => servers.world)
  .extend('other', { scope: 'file' }, ({ servers }) => servers.other)
  .extend('database', { scope: 'file' }, ({ servers }) => servers.database)
  /** A third server on the database, which sends no heartbeats in time. */
  .extend('noHeartbeatServer', { scope: 'file' }, async ({ servers }, { onCleanup }) => {
    const server = await startServerWorld({ idempotency: servers.openIdempotency({ heartbeatIntervalMs: 600_000 }) })
    onCleanup(() => server.close())
    return server
  })
  .extend('ada', ({ servers }) => servers.caller())
  .extend('reset', { auto: true }, ({ servers }, { onCleanup }) => onCleanup(() => servers.reset()))
