import { parseArgs } from 'node:util'
import { makeToken, type TokenRole } from '../src/adapters/auth.ts'
import { loadAuthSecret } from '../src/adapters/secrets.ts'
import { readConfig } from '../src/services/config/config.ts'

// Runs `npm run token -- --role editor --name Ada`.
const usage =
  'Usage: npm run token -- --role viewer|editor|admin --name NAME [--sub ID] [--kind person|service] [--expires 12h]'

const isRole = (text: string): text is TokenRole => ['viewer', 'editor', 'admin'].includes(text)

const run = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      role: { type: 'string', default: 'editor' },
      name: { type: 'string', default: 'Ada' },
      sub: { type: 'string' },
      kind: { type: 'string', default: 'person' },
      expires: { type: 'string', default: '12h' },
    },
  })
  const { role, name, kind, expires } = values
  if (!isRole(role) || (kind !== 'person' && kind !== 'service')) throw new Error(usage)
  const { auth, dataDir } = readConfig(process.env)
  if (auth.type === 'jwks')
    throw new Error('AUTH_JWKS_URL is set, so tokens come from your own issuer. Unset it to sign tokens here.')
  const secret = auth.type === 'hs256' ? auth.secret : await loadAuthSecret(dataDir)
  process.stdout.write(
    `${await makeToken(secret, { sub: values.sub ?? name.toLowerCase(), name, role, kind, expires })}\n`,
  )
}

await run().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
