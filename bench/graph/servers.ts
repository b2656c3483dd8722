import { freePort } from '../../test/harness/port.ts'
import type { World } from '../world.ts'
import { type DocumentName, documents } from './documents.ts'

/** Server under test: a row of the comparison. */
export interface ServerRow {
  name: string
  /** How requests are written for it. */
  form: 'mediagraph' | 'postgraphile' | 'sql'
  /** An entry point of the project, or a script of `bench/processes`. */
  run: { entry: string } | { helper: string }
  env: Record<string, string>
}

/** The first row is compared with the others; all run at the same time on the same database. */
export const servers = [
  // Every answer is computed.
  { name: 'product', form: 'mediagraph', run: { entry: 'src/server.ts' }, env: { ANSWER_CACHE_MB: '0' } },
  { name: 'product, cached', form: 'mediagraph', run: { entry: 'src/server.ts' }, env: { ANSWER_CACHE_MB: '64' } },
  {
    name: 'PostGraphile',
    form: 'postgraphile',
    run: { helper: 'postgraphile.mjs' },
    env: { GRAPHILE_ENV: 'production' },
  },
  { name: 'hand-written SQL', form: 'sql', run: { helper: 'handWrittenGraph' }, env: {} },
  { name: 'static limit', form: 'mediagraph', run: { helper: 'staticGraph' }, env: {} },
] as const satisfies ServerRow[]

export type ServerName = (typeof servers)[number]['name']

export interface Endpoint {
  row: ServerRow & { name: ServerName }
  pid: number
  port: number
}

export const startServer = async (
  world: World,
  row: ServerRow & { name: ServerName },
  extraEnv: Record<string, string>,
): Promise<Endpoint> => {
  const env = { NODE_ENV: 'production', ...extraEnv, ...row.env }
  if ('helper' in row.run) {
    const helper = await world.forkHelper(row.run.helper, env)
    return { row, pid: helper.pid, port: (await helper.call<{ port: number }>({})).port }
  }
  const port = await freePort()
  const { pid } = await world.serve(row.run.entry, { ...env, HOST: '127.0.0.1', PORT: String(port) })
  return { row, pid, port }
}

interface Call {
  path: string
  headers: Record<string, string>
  /** Bodies of successive requests. */
  bodies: string[]
}

/** Writes the requests for a document as the server expects them, one for each media if it requests one. */
export const callOf = ({ form }: ServerRow, name: DocumentName, mediaIds: readonly string[], token: string): Call => {
  const { first, ...texts } = documents[name]
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  const ids = form === 'mediagraph' ? mediaIds.map((id) => `Media:${id}`) : mediaIds
  const variables = first === null ? ids.map((id) => ({ id })) : [{ first }]
  if (form === 'sql')
    return { path: `/${name}`, headers, bodies: variables.map((given) => JSON.stringify(Object.values(given)[0])) }
  const bodies = variables.map((given) => JSON.stringify({ query: texts[form], variables: given }))
  return {
    path: '/graphql',
    headers: form === 'mediagraph' ? { ...headers, authorization: `Bearer ${token}` } : headers,
    bodies,
  }
}
