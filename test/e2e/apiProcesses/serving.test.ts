import { describe, expect } from 'vitest'
import { createClient, sendBytes } from '../../../client/client.ts'
import { createTicket } from '../../harness/tickets.ts'
import { it } from './groupIt.ts'

const document = '{ mediaList(first: 1) { edges { cursor } } }'
const answer = '{"data":{"mediaList":{"edges":[]}}}'

describe('several API processes behind one port', () => {
  it('all answer', async ({ startGroup }) => {
    const group = await startGroup()
    const answers = await Promise.all(Array.from({ length: 8 }, () => group.sendAndRead(document)))
    expect(new Set(answers)).toEqual(new Set([answer]))
    expect((await group.listAnsweringPids(8)).toSorted()).toEqual(group.listPids().toSorted())
    expect(group.listPids()).not.toContain(group.main.child.pid)
  })

  it('count calls together', async ({ startGroup }) => {
    const group = await startGroup({ RATE_LIMIT: '4' })
    const answers: string[] = []
    for (let count = 0; count < 8; count++) answers.push(await group.sendAndRead(document))
    expect(await group.listAnsweringPids(8)).toHaveLength(2)
    expect(answers.filter((text) => text === answer)).toHaveLength(4)
    expect(answers.at(-1)).toContain('RATE_LIMITED')
  })

  it('report the progress of an upload that another one receives', async ({ startGroup }) => {
    const group = await startGroup()
    const client = createClient({ url: group.url, token: group.token })
    const ticket = await createTicket(client, { fileName: 'notes.txt', sizeBytes: 5 })
    const subscription = `subscription { uploadProgress(id: "${ticket.upload.id}") { status receivedBytes } }`
    const streams = [
      await group.send(subscription, 'text/event-stream'),
      await group.send(subscription, 'text/event-stream'),
    ]
    const texts = Promise.all(streams.map(async (stream) => (await stream.setEncoding('utf8').toArray()).join('')))
    await sendBytes(ticket.target, Buffer.from('Hello'), { sizeBytes: 5 })
    for (const text of await texts) expect(text).toContain('"receivedBytes":5')
    await client.close()
    // One creates the upload; the streams are open on both.
    expect(await group.listAnsweringPids(3)).toHaveLength(2)
  })
})
