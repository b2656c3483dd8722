import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Client, createClient } from '../../../client/client.ts'
import { it as base } from '../../harness/it.ts'
import { startNginx } from '../../harness/nginx.ts'
import { freePort } from '../../harness/port.ts'
import type { WorldOptions } from '../../harness/world.ts'

const readme = await readFile(join(import.meta.dirname, '../../../README.md'), 'utf8')

/** Replaces exactly one text, so that a changed sample is noticed. */
const replaceOnce = (text: string, part: string, replacement: string): string => {
  if (text.split(part).length !== 2) throw new Error(`The nginx configuration in README.md must contain ${part} once.`)
  return text.replace(part, replacement)
}

/** Reads the configuration in README.md; only its addresses differ. */
const readConfiguration = (port: number, origin: string): string => {
  const sample = /^```nginx\n([\s\S]*?)^```$/m.exec(readme)?.[1] ?? ''
  return replaceOnce(replaceOnce(sample, 'listen 80;', `listen 127.0.0.1:${port};`), 'http://127.0.0.1:4000', origin)
}

/**
 * `it` with a Mediagraph behind nginx, which is configured as in README.md: `url` is the address of nginx, `connect`
 * creates clients of it. `changeConfiguration` may change the configuration.
 */
export const it = base
  .extend('changeConfiguration', { scope: 'file' }, () => (configuration: string) => configuration)
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('nginxPort', { scope: 'file' }, ({}) => freePort())
  .extend('url', { scope: 'file' }, ({ nginxPort }) => `http://127.0.0.1:${nginxPort}`)
  .extend('worldOptions', { scope: 'file' }, ({ url }): WorldOptions => ({ env: { PUBLIC_URL: url } }))
  .extend('nginx', { scope: 'file' }, async ({ nginxPort, world, changeConfiguration }, { onCleanup }) => {
    const nginx = await startNginx(changeConfiguration(readConfiguration(nginxPort, world.origin)))
    onCleanup(() => nginx.close())
    return nginx
  })
  .extend('ada', async ({ nginx: _, url, world }, { onCleanup }): Promise<Client> => {
    const client = createClient({ url: `${url}/graphql`, token: await world.token('admin', 'Ada') })
    onCleanup(() => client.close())
    return client
  })
