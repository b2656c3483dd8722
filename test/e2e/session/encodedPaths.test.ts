import { once } from 'node:events'
import { connect } from 'node:net'
import { expect } from 'vitest'
import { it } from '../../harness/it.ts'
import type { World } from '../../harness/world.ts'
import { send } from './browser.ts'

/** Sends a request line as it is. Returns the status. */
const statusOf = async (world: World, requestLine: string): Promise<number> => {
  const socket = connect(Number(new URL(world.origin).port), '127.0.0.1')
  socket.end(`${requestLine} HTTP/1.1\r\nHost: media\r\nConnection: close\r\n\r\n`)
  const [head] = await once(socket, 'data')
  socket.destroy()
  return Number(/^HTTP\/1\.1 (\d+)/.exec(String(head))?.[1])
}

it.for(['/console/sign%2Din', '/console/%73ign-in', '/console/sign%2din?return=/console/library'])(
  'an encoded path of a page leads to the page: %s',
  async (path, { world }) => {
    const response = await send(world, 'GET', path)
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('<div id="root">')
  },
)

it('an encoded path of the session signs out', async ({ world }) => {
  expect((await send(world, 'DELETE', '/console/%73ession')).status).toBe(204)
})

it('the absolute form of a path leads to the page', async ({ world }) => {
  expect(await statusOf(world, `GET ${world.origin}/console/sign-in`)).toBe(200)
})
