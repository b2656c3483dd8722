import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it as base } from '../../harness/databaseIt.ts'
import { startRedis } from '../../harness/redis.ts'
import { testSecret } from '../../harness/world.ts'
import { startGroup } from './group.ts'

/** `it` with `startGroup`, which starts API processes that end with the test. */
export const it = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('redis', { scope: 'file' }, async ({}, { onCleanup }) => {
    const redis = await startRedis()
    onCleanup(() => redis.stop())
    return redis
  })
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('dataDir', { scope: 'file' }, async ({}, { onCleanup }) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'mediagraph-group-'))
    onCleanup(() => rm(dataDir, { recursive: true, force: true }))
    return dataDir
  })
  .extend('env', { scope: 'file' }, ({ dataDir, testDatabase, redis }): Record<string, string> => {
    return {
      NODE_ENV: 'test',
      DATA_DIR: dataDir,
      DATABASE_URL: testDatabase.appUrl,
      DATABASE_OWNER_URL: testDatabase.ownerUrl,
      REDIS_URL: redis.url,
      AUTH_JWT_SECRET: testSecret,
    }
  })
  .extend('startGroup', ({ env }, { onCleanup }) => {
    const groups: Awaited<ReturnType<typeof startGroup>>[] = []
    onCleanup(async () => {
      await Promise.all(groups.map(({ main }) => main.end('SIGTERM')))
    })
    return async (extraEnv: Record<string, string> = {}) => {
      const group = await startGroup({ ...env, ...extraEnv })
      groups.push(group)
      return group
    }
  })
