import { parseArgs } from 'node:util'
import { makeToken, type TokenRole } from '../src/adapters/auth.ts'
import { createLogger } from '../src/adapters/logger.ts'
import { loadAuthSecret } from '../src/adapters/secrets.ts'
import { createSignInLink, useServerDatabase } from '../src/adapters/signInLink.ts'
import { type Config, readConfig } from '../src/services/config/config.ts'

// Runs `npm run token -- --role editor --name Ada`; with `--link` it prints a sign-in link in place of a token.
const usage =
  'Usage: npm run token -- --role viewer|editor|admin --name NAME [--sub ID] [--kind person|service] [--expires 12h] [--link]'

const isRole = (text: string): text is TokenRole => ['viewer', 'editor', 'admin'].includes(text)

const roles = { viewer: 'VIEWER', editor: 'EDITOR', admin: 'ADMIN' } as const

interface Person {
  sub: string
  name: string
  role: TokenRole
}

/** Creates a link to the running server, whose database this script shares. */
const createLink = async (config: Config, { sub, name, role }: Person): Promise<string> => {
  if (config.oidc !== null && config.auth.type !== 'generated')
    throw new Error('OIDC_ISSUER is set, so people sign in at your login service. Unset it to create links here.')
  return useServerDatabase({ config, log: createLogger('error') }, (database) =>
    createSignInLink(config, database, { externalId: sub, name, role: roles[role] }),
  )
}

const run = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      role: { type: 'string', default: 'editor' },
      name: { type: 'string', default: 'Ada' },
      sub: { type: 'string' },
      kind: { type: 'string', default: 'person' },
      expires: { type: 'string', default: '12h' },
      link: { type: 'boolean', default: false },
    },
  })
  const { role, name, kind, expires, link } = values
  if (!isRole(role) || (kind !== 'person' && kind !== 'service')) throw new Error(usage)
  if (link && kind === 'service') throw new Error('Links are for people. Create a token for a service.')
  const config = readConfig(process.env)
  const { auth, dataDir } = config
  if (auth.type === 'jwks')
    throw new Error('AUTH_JWKS_URL is set, so tokens come from your own issuer. Unset it to sign tokens here.')
  const person = { sub: values.sub ?? name.toLowerCase(), name, role }
  const createToken = async () => {
    const secret = auth.type === 'hs256' ? auth.secret : await loadAuthSecret(dataDir)
    return makeToken(secret, { ...person, kind, expires })
  }
  process.stdout.write(`${await (link ? createLink(config, person) : createToken())}\n`)
}

await run().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
