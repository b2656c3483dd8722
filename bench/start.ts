import { join } from 'node:path'
import { freePort } from '../test/harness/port.ts'
import { atMost, type Figure, formatNumber, formatValues, informational, median } from './figures.ts'
import { createStopper, createTemporaryFolder, spawnScript, waitUntilReady } from './world.ts'

export const title = 'start: from spawn to /readyz, API and worker with embedded PostgreSQL'

const rounds = 5

const startOnce = async (dataDir: string): Promise<number> => {
  const port = await freePort()
  const env = {
    PORT: String(port),
    DATA_DIR: dataDir,
    DATABASE_URL: '',
    DATABASE_OWNER_URL: '',
    REDIS_URL: '',
    LOG_LEVEL: 'error',
  }
  const startMs = performance.now()
  const child = spawnScript('scripts/start.ts', env)
  await waitUntilReady(`http://127.0.0.1:${port}`, child)
  const seconds = (performance.now() - startMs) / 1000
  await createStopper(child)()
  return seconds
}

export const run = async (): Promise<Figure[]> => {
  const { path, remove } = await createTemporaryFolder()
  const dataDir = join(path, 'data')
  try {
    const firstSeconds = await startOnce(dataDir)
    const seconds: number[] = []
    for (let round = 0; round < rounds; round++) seconds.push(await startOnce(dataDir))
    return [
      atMost('spawn to ready, existing database', median(seconds), 3, ' s', ` (median of ${formatValues(seconds)})`),
      informational('first start, which creates the database', `${formatNumber(firstSeconds)} s`),
    ]
  } finally {
    await remove()
  }
}
