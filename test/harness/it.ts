import { it as base } from './filesIt.ts'
import { openWorld, type WorldOptions } from './world.ts'

/**
 * `it` with a running Mediagraph per file: `world`, `users` with a client per role, and `files` to upload. They are
 * opened for the first test that names them, and closed after the last test of the file.
 * `it.beforeAll(({ world }) => …)` prepares data.
 */
export const it = base
  .extend('worldOptions', { scope: 'file' }, (): WorldOptions => ({}))
  .extend('world', { scope: 'file' }, async ({ worldOptions }, { onCleanup }) => {
    const world = await openWorld(worldOptions)
    onCleanup(() => world.close())
    return world
  })
  .extend('users', { scope: 'file' }, ({ world }) => world.users())

/** `it` whose world also converts files. */
export const itWithWorker = it.extend('worldOptions', { scope: 'file' }, (): WorldOptions => ({ worker: true }))
