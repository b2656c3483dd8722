import { it as base } from 'vitest'
import { openChainWorld } from './chain.ts'

/** `it` with `world`: a database with an event log but no servers, opened once per file. */
export const it = base.extend(
  'world',
  { scope: 'file' },
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  async ({}, { onCleanup }) => {
    const world = await openChainWorld()
    onCleanup(() => world.close())
    return world
  },
)
