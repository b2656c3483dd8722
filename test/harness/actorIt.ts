import { it as base } from './mediaIt.ts'
import { seedAdmin } from './seed.ts'

/** `it` with `actor`: an admin as whom tests call the services, without a token or server. */
export const it = base.extend('actor', { scope: 'file' }, ({ world }) => seedAdmin(world))
