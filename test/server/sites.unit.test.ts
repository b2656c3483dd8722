import type { IncomingMessage } from 'node:http'
import { expect, it } from 'vitest'
import { createSites } from '../../src/server/console/sites.ts'

const publicUrl = 'https://media.school.example'

/** Request of a page to its own origin, without the header Origin. */
const get = (host: string) =>
  ({ method: 'GET', headers: { host, 'sec-fetch-site': 'same-origin' } }) as unknown as IncomingMessage // as: nothing else is read

it.for(['127.0.0.1:4000', 'localhost:4000', 'media.school.example'])(
  'a GET without Origin is of the site over https, whatever host a proxy writes: %s',
  (host) => {
    expect(createSites({ publicUrl, port: 4000 }).of(get(host))).toEqual({ isHttps: true })
  },
)

it.for(['http://127.0.0.1:4000', 'http://media.school.example'])(
  'a GET without Origin is of this machine if PUBLIC_URL is over http: %s',
  (url) => {
    expect(createSites({ publicUrl: url, port: 4000 }).of(get('localhost:4000'))).toEqual({ isHttps: false })
  },
)
