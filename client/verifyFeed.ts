import { createHash } from 'node:crypto'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'

// Recomputes the hash chain of the event log from what the API shows, without access to the database. Needs Node alone:
//
//     TOKEN=… node client/verifyFeed.ts https://media.example.com/graphql [head of the last run]
//     node client/verifyFeed.ts < events.jsonl        (one event per line, from the first on)
//
// Prints the head of the chain, <position>-<hash>, as the names of the checkpoints in `log/heads/` of the storage: keep
// it, and compare it with theirs. Exits with code 1 at the first event that does not fit, and with code 2 if the events
// could not be read to the end; both print the head that was reached, from which the next run can continue. Waits while the
// server is unavailable or limits the rate of calls.

const query = `query Feed($after: String) {
  eventFeed(after: $after, first: 100) {
    nodes { cursor hash id at action actor { id } nodeId mediaId data requestId }
    endCursor
    hasNextPage
  }
}`

/** Event as `query` selects it. */
export interface FeedEvent {
  cursor: string
  /** Hash that the server states for this position; compared if it is there. */
  hash?: string
  id: string
  at: string
  action: string
  actor: { id: string } | null
  nodeId: string
  mediaId: string | null
  data: unknown
  requestId: string | null
}

/** Writes a value as PostgreSQL's jsonb does: keys ordered by their length in bytes, then by their bytes. */
const jsonbText = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(jsonbText).join(', ')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const entries = Object.entries(value).map(([key, item]) => ({ key: Buffer.from(key), text: jsonbText(item) }))
  entries.sort((a, b) => a.key.length - b.key.length || Buffer.compare(a.key, b.key))
  return `{${entries.map(({ key, text }) => `${JSON.stringify(key.toString())}: ${text}`).join(', ')}}`
}

const splitId = (nodeId: string): [type: string, uuid: string] => {
  const colon = nodeId.indexOf(':')
  return [nodeId.slice(0, colon), nodeId.slice(colon + 1)]
}

/** Returns the UUID of an id. The chain contains no type, which must therefore be the expected one. */
const uuidOf = (expectedType: string, nodeId: string | null): string | null => {
  if (nodeId === null) return null
  const [type, uuid] = splitId(nodeId)
  if (type !== expectedType) throw new Error(`Not the id of a ${expectedType}: ${nodeId}`)
  return uuid
}

/** A cursor is the JSON array `["log:POSITION", position]` in base64url. */
const encodeCursor = (position: number): string =>
  Buffer.from(JSON.stringify(['log:POSITION', position])).toString('base64url')

const positionOf = ({ cursor }: FeedEvent): number => {
  const [, position] = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  if (cursor !== encodeCursor(position)) throw new Error(`Not a cursor of the feed: ${cursor}`)
  return position
}

const secondsOf = ({ at }: FeedEvent): string => {
  const ms = Date.parse(at)
  if (new Date(ms).toISOString() !== at) throw new Error(`Not a time of the feed: ${at}`)
  return `${Math.floor(ms / 1000)}.${String(ms % 1000).padStart(3, '0')}000`
}

const sha256 = (...parts: (Buffer | string)[]): Buffer => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

const formatHead = (position: number, hash: Buffer): string =>
  `${String(position).padStart(16, '0')}-${hash.toString('hex')}`

/** Starts at the beginning of the log, or after a head that an earlier run printed. */
export const createFeedVerifier = (head = formatHead(0, Buffer.alloc(32))) => {
  const [positionText, hashText = ''] = head.split('-')
  let position = Number(positionText)
  let hash: Buffer = Buffer.from(hashText, 'hex')
  return {
    head: () => formatHead(position, hash),
    /** Adds the next event to the chain. Returns what is wrong with it; null if it fits. */
    add(event: FeedEvent): string | null {
      const { mediaId, requestId, actor } = event
      if (mediaId === undefined || requestId === undefined || actor === undefined)
        return `The event after position ${position} lacks a field. Select all fields of the query in this script.`
      const next = positionOf(event)
      if (next !== position + 1) return `Position ${position + 1} is missing: position ${next} follows.`
      const [nodeType, nodeId] = splitId(event.nodeId)
      const canonical = jsonbText([
        ...[next, uuidOf('Event', event.id), secondsOf(event), event.action, uuidOf('User', actor?.id ?? null)],
        ...[nodeType, nodeId, uuidOf('Media', mediaId), event.data, requestId],
      ])
      const expected = sha256(hash, sha256(canonical))
      if (event.hash !== undefined && event.hash !== expected.toString('hex'))
        return `Position ${next} was changed: ${event.action} of ${event.at} does not have the hash ${event.hash}.`
      position = next
      hash = expected
      return null
    },
  }
}

/** Codes of refusals that pass: the same page can be asked for again. */
const transientCodes = ['RATE_LIMITED', 'UNAVAILABLE']

interface FeedPage {
  nodes: FeedEvent[]
  endCursor: string
  hasNextPage: boolean
}

const fetchPage = async (url: string, token: string, after: string): Promise<FeedPage> => {
  for (;;) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: { after } }),
    })
    const { data, errors } = await response.json()
    if (errors === undefined) return data.eventFeed
    const [{ message, extensions }] = errors
    if (!transientCodes.includes(extensions?.code)) throw new Error(`The server refused the feed: ${message}`)
    const seconds = extensions.retryAfterSeconds ?? 5
    process.stderr.write(`The server asks to wait for ${seconds} s: ${message}\n`)
    await wait(seconds * 1000)
  }
}

const fetchEvents = async function* (url: string, token: string, position: number): AsyncGenerator<FeedEvent> {
  let after = encodeCursor(position)
  for (let hasNextPage = true; hasNextPage; ) {
    const page = await fetchPage(url, token, after)
    yield* page.nodes
    after = page.endCursor
    hasNextPage = page.hasNextPage
  }
}

const readLines = async function* (): AsyncGenerator<FeedEvent> {
  for await (const line of createInterface({ input: process.stdin })) if (line.trim() !== '') yield JSON.parse(line)
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const verify = async (url: string | undefined, head: string | undefined): Promise<void> => {
  const verifier = createFeedVerifier(head)
  const position = Number(verifier.head().split('-')[0])
  const stop = (exitCode: number, message: string): void => {
    process.stdout.write(`${message}\nThe last head that fits is ${verifier.head()}\n`)
    process.exitCode = exitCode
  }
  const faultOf = (event: FeedEvent): string | null => {
    try {
      return verifier.add(event)
    } catch (error) {
      return messageOf(error)
    }
  }
  try {
    for await (const event of url === undefined
      ? readLines()
      : fetchEvents(url, process.env['TOKEN'] ?? '', position)) {
      const fault = faultOf(event)
      if (fault !== null) return stop(1, fault)
    }
    process.stdout.write(`${verifier.head()}\n`)
  } catch (error) {
    stop(2, `The events could not be read to the end. ${messageOf(error)}`)
  }
}

if (import.meta.main) await verify(process.argv[2], process.argv[3])
