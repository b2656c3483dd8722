import type { Config } from '../services/config/config.ts'
import { isSecureUrl } from '../services/config/oidc.ts'
import type { Database, Logger } from '../services/kernel/ports.ts'
import { codeMinutes, createSignInCode, type SignInPerson } from '../services/session/signInCodes.ts'
import { openDatabase } from './database.ts'
import { openSharedDatabase } from './sharedDatabase.ts'

type LinkConfig = Pick<Config, 'auth' | 'publicUrl' | 'host' | 'port'>

/** Address of the console: this machine's if browsers would not keep a cookie for PUBLIC_URL. */
const consoleUrlOf = ({ publicUrl, host, port }: LinkConfig): string => {
  const listensEverywhere = host === '0.0.0.0' || host === '::'
  return isSecureUrl(publicUrl) || !listensEverywhere ? publicUrl : `http://127.0.0.1:${port}`
}

/** Creates a link that signs in this person once. The code is in the fragment, which browsers send to no server. */
export const createSignInLink = async (config: LinkConfig, database: Database, person: SignInPerson): Promise<string> =>
  `${consoleUrlOf(config)}/console/sign-in#code=${await createSignInCode(database, person)}`

/** Prints a link that signs in an admin, in development only. It goes to standard output, since logs are kept. */
export const printSignInLink = async (config: LinkConfig, database: Database): Promise<void> => {
  if (config.auth.type !== 'generated') return
  const link = await createSignInLink(config, database, { externalId: 'admin', name: 'Admin', role: 'ADMIN' })
  process.stdout.write(`Sign in to the console, once within ${codeMinutes} minutes:\n${link}\n`)
}

/** Opens the database of a running server, for one use. */
export const useServerDatabase = async <Result>(
  { config, log }: { config: Config; log: Logger },
  use: (database: Database) => Promise<Result>,
): Promise<Result> => {
  const { appUrl } = await openSharedDatabase({ config, log, joinsDatabase: true }, () => undefined)
  const database = openDatabase({ url: appUrl, poolSize: 1, log })
  return use(database).finally(() => database.$disconnect())
}
