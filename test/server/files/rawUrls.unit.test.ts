import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect } from 'vitest'
import { it } from './filesIt.ts'
import { type FilesWorld, id } from './filesWorld.ts'

/** Sends a request target exactly as it is: clients of HTTP would normalise it. Resolves to the status. */
const readStatus = async (world: FilesWorld, requestTarget: string): Promise<number> => {
  const { hostname, port } = new URL(world.origin)
  const socket = connect(Number(port), hostname)
  socket.write(`GET ${requestTarget} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`)
  const [, status] = /^HTTP\/1\.1 (\d+) /.exec(await text(socket)) ?? []
  return Number(status)
}

const signTarget = (world: FilesWorld) => {
  const { pathname, search } = new URL(world.signUrl())
  return { path: pathname, query: search.slice(1) }
}

describe('a signed URL', () => {
  it('opens its file over a raw socket', async ({ world }) => {
    const { path, query } = signTarget(world)
    expect(await readStatus(world, `${path}?${query}`)).toBe(200)
  })

  it.for([
    `/files/versions/${id}/folder/../lecture.mp4`,
    `/files/versions/${id}/folder/%2e%2e/lecture.mp4`,
    `/files/versions/${id}/folder/%2E./lecture.mp4`,
    `/files/versions/${id}/./lecture.mp4`,
    `/files/versions/${id}/%2e/lecture.mp4`,
    `/files/versions/other/../${id}/lecture.mp4`,
    `/files/../files/versions/${id}/lecture.mp4`,
    `/uploads/../files/versions/${id}/lecture.mp4`,
    `/files/versions/${id}/..`,
    `/files/versions/${id}/%2e%2E`,
    `/files/versions/${id}/.`,
    `/files/versions/${id}/lecture.mp4/..`,
    `/files/versions/${id}/lecture.mp4/.`,
    `/files/versions/${id}/`,
    `/files/versions/${id}/folder\\..\\lecture.mp4`,
    `/files\\versions\\${id}\\lecture.mp4`,
    `//files/versions/${id}/lecture.mp4`,
    `http://files/files/versions/${id}/lecture.mp4`,
  ])('is refused with 403 for the path %s', async (path, { world }) => {
    expect(await readStatus(world, `${path}?${signTarget(world).query}`)).toBe(403)
  })

  it.for(['expires=1', 'expires=', '%65xpires=1', 'signature=x', 'signature', 'page=1&page=1', 'page=1&p%61ge=2'])(
    'is refused with 403 with the additional query %s',
    async (addition, { world }) => {
      const { path, query } = signTarget(world)
      expect(await readStatus(world, `${path}?${query}&${addition}`)).toBe(403)
      expect(await readStatus(world, `${path}?${addition}&${query}`)).toBe(403)
    },
  )

  it('is refused with 403 if all of its query is repeated', async ({ world }) => {
    const { path, query } = signTarget(world)
    expect(await readStatus(world, `${path}?${query}&${query}`)).toBe(403)
  })

  it('opens its file with an additional parameter', async ({ world }) => {
    const { path, query } = signTarget(world)
    expect(await readStatus(world, `${path}?${query}&download=1`)).toBe(200)
  })

  it.for(['a%20b%2Fc.mp4', '...', 'a..b', "it's%20(a).mp4"])(
    'opens its file whatever its name, such as %s',
    async (name, { world }) => {
      expect(await readStatus(world, `/files/versions/${id}/${name}?${signTarget(world).query}`)).toBe(200)
    },
  )
})
