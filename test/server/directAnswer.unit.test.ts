import type { IncomingMessage } from 'node:http'
import { parse } from 'graphql'
import { describe, expect } from 'vitest'
import { createDirectAnswers } from '../../src/server/directAnswer.ts'
import { createDocuments, type Graphql } from '../../src/server/graphql.ts'
import { it } from './serverIt.ts'

/** Header that GraphQL Yoga answers in the same way, but itself. */
const sameMediaType = 'application/json;q=1'

const calls: [string, object][] = [
  ['data', { query: '{ hello item { items(first: 2) { level } } }' }],
  ['variables', { query: 'query ($of: [Int!]!) { sum(of: $of) }', variables: { of: [1, 2] } }],
  ['variables that are null', { query: '{ hello }', variables: null, operationName: null }],
  ['an invalid variable', { query: 'query ($of: [Int!]!) { sum(of: $of) }', variables: { of: 'x' } }],
  ['one of two operations', { query: 'query A { hello } query B { role }', operationName: 'B' }],
  ['an unknown operation', { query: 'query A { hello }', operationName: 'B' }],
  ['no operation', { query: 'query A { hello } query B { role }' }],
  ['a refusal', { query: '{ hello missing }' }],
  ['invalid input', { query: '{ invalid }' }],
  ['a wrong value', { query: '{ wrongOutput }' }],
  ['a document that is not valid', { query: '{ hello { world } }' }],
  ['a document with a syntax error', { query: '{ hello' }],
  ['a cost above the limit', { query: '{ items(first: 100) { items(first: 100) { items(first: 100) { level } } } }' }],
  ['too many aliases', { query: `{ ${Array.from({ length: 31 }, (_, index) => `a${index}: hello`).join(' ')} }` }],
  ['introspection', { query: '{ __schema { queryType { name } } }' }],
  ['a mutation', { query: 'mutation { touch(by: 0) }' }],
  ['a subscription', { query: 'subscription { count(to: 1) }' }],
  ['an unknown parameter', { query: '{ hello }', id: 1 }],
  ['variables of a wrong type', { query: '{ hello }', variables: [1] }],
  ['an operation name of a wrong type', { query: '{ hello }', operationName: 1 }],
  ['a document of a wrong type', { query: 1 }],
  ['several calls at once', [{ query: '{ hello }' }]],
  ['a persisted query', { query: '{ hello }', extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } }],
]

describe('an answer as application/json', () => {
  it.for(calls)('to %s is the same as that of GraphQL Yoga', async ([, body], { world }) => {
    const token = await world.token()
    const send = async (accept: string) => {
      const response = await fetch(`${world.url}/graphql`, {
        method: 'POST',
        headers: {
          accept,
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'x-request-id': 'same',
        },
        body: JSON.stringify(body),
      })
      const { date, ...headers } = Object.fromEntries(response.headers)
      return { status: response.status, headers, text: await response.text() }
    }
    const expected = await send(sameMediaType)
    expect(await send('application/json')).toEqual(expected)
    expect(await send('application/json')).toEqual(expected)
  })
})

describe('a direct answer', () => {
  const query = '{ hello }'
  const documents = createDocuments()
  documents.set(query, parse(query))
  documents.set('subscription { count(to: 1) }', parse('subscription { count(to: 1) }'))
  const graphql = { getResultForParams: async () => ({ data: { hello: 'world' } }) } as unknown as Graphql // as: all that is used
  const answer = (accept: string, body: string) =>
    createDirectAnswers(graphql, documents)({ headers: { accept } } as IncomingMessage, Buffer.from(body), {} as never) // as: all that is used

  it('is given to a document that was parsed before', async () => {
    expect(await answer('application/json', JSON.stringify({ query }))).toEqual({
      status: 200,
      headers: { 'Content-Type': 'application/json; charset=utf-8' },
      body: '{"data":{"hello":"world"}}',
    })
  })

  it.for([
    ['another media type', '*/*', JSON.stringify({ query })],
    ['an unknown document', 'application/json', JSON.stringify({ query: '{ role }' })],
    ['a subscription', 'application/json', JSON.stringify({ query: 'subscription { count(to: 1) }' })],
    ['extensions', 'application/json', JSON.stringify({ query, extensions: {} })],
    ['a body that is not JSON', 'application/json', '{'],
  ] as const)('is not given to %s', async ([, accept, body]) => {
    expect(await answer(accept, body)).toBeNull()
  })
})
