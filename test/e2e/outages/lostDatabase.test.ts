import { describe, expect } from 'vitest'
import { createTicket } from '../../harness/tickets.ts'
import { type Answer, it as base, send } from './outageIt.ts'

const reading = '{ mediaList(first: 1) { nodes { id folder { id } } } }'
const folder = (name: string) => `mutation { folderCreate(input: { name: "${name}" }) { __typename } }`

/** `it` with the answers of a server that has lost its database, and with targets to ask again. */
const it = base.extend('lost', { scope: 'file' }, async ({ world, proxy }) => {
  const client = await world.client('editor', 'Ada')
  const { target, upload } = await createTicket(client, { sizeBytes: 4 })
  const mediaId = await world.upload(client, Buffer.from('text'), { fileName: 'notes.txt' })
  const { body } = await send(world, `{ media(id: "${mediaId}") { url } }`)
  const { media } = body.data as { media: { url: string } } // as: selected above
  const uploadHeaders = Object.fromEntries(target.headers.map(({ name, value }) => [name, value]))

  proxy.cut()
  const answers = await Promise.all([
    send(world, reading),
    send(world, folder('lost')),
    send(world, folder('keyed'), { 'idempotency-key': 'lost' }),
  ])
  const uploading = await fetch(target.url, { method: 'HEAD', headers: uploadHeaders })
  const delivery = await fetch(media.url)
  const readiness = await fetch(`${world.origin}/readyz`)
  proxy.mend()
  return { answers, uploading, delivery, readiness, uploadId: upload.id }
})

const codeOf = ({ body }: Answer): unknown => body.errors?.[0]?.extensions['code']

describe('a server that has lost its database', () => {
  it('refuses calls with UNAVAILABLE', ({ lost }) => {
    expect(lost.answers.map(codeOf)).toEqual(['UNAVAILABLE', 'UNAVAILABLE', 'UNAVAILABLE'])
  })

  it('says when calls may be sent again', ({ lost }) => {
    expect(lost.answers.map(({ body }) => body.errors?.[0]?.extensions['retryAfterSeconds'])).toEqual([5, 5, 5])
  })

  it('answers uploads with 503', ({ lost }) => {
    expect([lost.uploading.status, lost.uploading.headers.get('retry-after')]).toEqual([503, '5'])
  })

  it('answers deliveries with 503', ({ lost }) => {
    expect([lost.delivery.status, lost.delivery.headers.get('retry-after')]).toEqual([503, '5'])
  })

  it('is not ready', ({ lost }) => {
    expect(lost.readiness.status).toBe(503)
  })

  it('answers as before once the database is back', async ({ lost, world }) => {
    expect(lost).toBeDefined()
    expect(codeOf(await send(world, reading))).toBeUndefined()
  })

  it('carries out a keyed mutation that was refused', async ({ lost, world }) => {
    expect(lost).toBeDefined()
    const { body } = await send(world, folder('keyed'), { 'idempotency-key': 'lost' })
    expect(body.data).toEqual({ folderCreate: { __typename: 'Folder' } })
  })
})
