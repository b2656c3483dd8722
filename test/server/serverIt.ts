import { it as base, onTestFinished } from 'vitest'
import { type ServerWorld, type ServerWorldOptions, startServerWorld } from './serverWorld.ts'

/** `it` with `world`: a server of the small schema per file, started with `serverOptions`. */
export const it = base
  .extend('serverOptions', { scope: 'file' }, (): ServerWorldOptions => ({}))
  .extend('world', { scope: 'file' }, async ({ serverOptions }, { onCleanup }) => {
    const world = await startServerWorld(serverOptions)
    onCleanup(() => world.close())
    return world
  })

/** Starts a server of its own for one test, which is closed at the end of the test. */
export const startServer = async (options?: ServerWorldOptions): Promise<ServerWorld> => {
  const world = await startServerWorld(options)
  onTestFinished(() => world.close())
  return world
}
