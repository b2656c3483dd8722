import { freePort } from '../../test/harness/port.ts'
import type { World } from '../world.ts'
import { type Document, type DocumentName, documents } from './documents.ts'

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
  body: string
}

const variablesOf = ({ first }: Document, mediaId: string) => (first === null ? { id: mediaId } : { first })

/** Writes the request for a document as the server expects it. `mediaId` is a global id. */
export const callOf = ({ form }: ServerRow, name: DocumentName, mediaId: string, token: string): Call => {
  const document = documents[name]
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  const uuid = mediaId.replace('Media:', '')
  switch (form) {
    case 'mediagraph': {
      const body = JSON.stringify({ query: document.mediagraph, variables: variablesOf(document, mediaId) })
      return { path: '/graphql', headers: { ...headers, authorization: `Bearer ${token}` }, body }
    }
    case 'postgraphile': {
      const body = JSON.stringify({ query: document.postgraphile, variables: variablesOf(document, uuid) })
      return { path: '/graphql', headers, body }
    }
    case 'sql':
      return { path: `/${name}`, headers, body: JSON.stringify(document.first ?? uuid) }
  }
}
