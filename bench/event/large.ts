import { createLogger } from '../../src/adapters/logger.ts'
import { openRuntime, type Runtime } from '../../src/adapters/runtime.ts'
import { readConfig } from '../../src/services/config/config.ts'
import type { AuditTrailArguments } from '../../src/services/event/auditTrail.ts'
import { feedCursor } from '../../src/services/event/feed.ts'
import { type Actor, systemActor } from '../../src/services/kernel/actor.ts'
import { globalId } from '../../src/services/kernel/ids.ts'
import { atMost, type Figure, formatNumber, informational, logProgress, percentile } from '../figures.ts'
import { openWorld, type World } from '../world.ts'

// Set `BENCH_EVENTS=10000000` for a larger log.
const eventCount = Number(process.env.BENCH_EVENTS ?? 1_000_000)
const rounds = 20
const limitMs = 50

/**
 * Inserts events as a school produces them over four years: a few actions are common and most are rare, a few actors cause
 * most events, each media has some events, and one media that every course shows has 1 % of them.
 */
const seedEvents = async ({ database }: World): Promise<void> => {
  await database.query(`
    INSERT INTO "User" (id, "externalId", name)
    SELECT ('0198c5f0-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'user-' || n, 'User ' || n
    FROM generate_series(1, 500) AS n`)
  await database.query(
    `INSERT INTO "Event" (id, at, action, "actorId", "nodeType", "nodeId", "mediaId", data, "requestId")
     SELECT ('0198c5f0-' || substr(hex, 1, 4) || '-7' || substr(hex, 5, 3) || '-8' || substr(hex, 8, 3) || '-' || substr(hex, 11, 12))::uuid,
       now() - ($1::int - n) * interval '2 minutes',
       (ARRAY['media.linked', 'media.linked', 'media.linked', 'rendition.completed', 'rendition.completed',
         'media.uploaded', 'media.processed', 'upload.created', 'media.updated',
         (ARRAY['media.deleted', 'media.restored', 'media.replaced', 'rendition.failed', 'folder.created'])[1 + n % 5]])[1 + n % 10],
       CASE WHEN n % 10 IN (3, 4, 6) THEN NULL ELSE
         ('0198c5f0-0000-7000-8000-' || lpad((1 + floor(500 * power(random(), 3)))::text, 12, '0'))::uuid END,
       'Media', media, media, jsonb_build_object('versionNumber', 1, 'sizeBytes', n, 'sha256', md5(n::text) || md5((n + 1)::text)),
       md5(n::text)
     FROM (
       SELECT n, lpad(to_hex(n), 8, '0') || md5(n::text) AS hex,
         ('0198c5f0-0000-7000-9000-' ||
           lpad(CASE WHEN n % 100 = 0 THEN '0' ELSE (1 + floor(random() * $1::int / 8))::text END, 12, '0'))::uuid AS media
       FROM generate_series(1, $1::int) AS n
     ) AS row`,
    [eventCount],
  )
  await database.query('VACUUM ANALYZE')
}

/** Waits until the sequencer has numbered all events; returns the duration in seconds. */
const waitUntilNumbered = async (world: World): Promise<number> => {
  const startMs = performance.now()
  const countPending = async () => (await world.database.query('SELECT FROM "EventPending" LIMIT 1')).rowCount
  while ((await countPending()) !== 0) await new Promise((resolve) => setTimeout(resolve, 200))
  return (performance.now() - startMs) / 1000
}

const busyMediaId = '0198c5f0-0000-7000-9000-000000000000'
const actorId = (n: number): string => globalId('User', `0198c5f0-0000-7000-8000-${String(n).padStart(12, '0')}`)
const daysAgo = (days: number): Date => new Date(Date.now() - days * 24 * 60 * 60 * 1000)

const sixActions = [
  'media.deleted',
  'media.restored',
  'media.replaced',
  'media.merged',
  'media.purged',
  'media.updated',
]

const trailCases: [string, AuditTrailArguments][] = [
  ['all events', {}],
  ['all events, from the end', { last: 20 }],
  ['a common action', { actions: ['media.linked'] }],
  ['a rare action', { actions: ['folder.created'] }],
  ['an action that never occurred', { actions: ['media.merged'] }],
  ['six actions', { actions: sixActions }],
  ['a busy actor', { actorId: actorId(1) }],
  ['an idle actor', { actorId: actorId(499) }],
  ['a busy actor, a rare action', { actorId: actorId(1), actions: ['folder.created'] }],
  ['a busy actor, an action that never occurred', { actorId: actorId(1), actions: ['media.merged', 'media.purged'] }],
  ['a busy actor, six actions', { actorId: actorId(1), actions: sixActions }],
  ['a month', { from: daysAgo(60), to: daysAgo(30) }],
  ['a month of a rare action', { from: daysAgo(60), to: daysAgo(30), actions: ['media.deleted'] }],
  ['a month of a busy actor', { from: daysAgo(60), to: daysAgo(30), actorId: actorId(1) }],
]

const measureP95 = async (work: () => Promise<unknown>, count = rounds): Promise<number> => {
  const durationsMs: number[] = []
  await work()
  for (let n = 0; n < count; n++) {
    const startMs = performance.now()
    await work()
    durationsMs.push(performance.now() - startMs)
  }
  return percentile(durationsMs, 0.95)
}

const measureReads = async (world: World, { services: { eventLog, history } }: Runtime): Promise<Figure[]> => {
  const actor: Actor = systemActor
  const { rows } = await world.database.query<{ nodeId: string }>(
    'SELECT "nodeId" FROM (SELECT "nodeId" FROM "Event" ORDER BY id LIMIT 100) AS event WHERE "nodeId" <> $1 LIMIT 20',
    [busyMediaId],
  )
  const nodeIds = rows.map((row) => row.nodeId)
  const nodeId = globalId('Media', nodeIds[0] ?? '')
  const busyNodeId = globalId('Media', busyMediaId)
  const middle = feedCursor(Math.floor(eventCount / 2))
  const reads: [string, () => Promise<unknown>][] = [
    ...trailCases.map(([name, args]): [string, () => Promise<unknown>] => [
      `events: ${name}`,
      () => eventLog.list(actor, args),
    ]),
    ['events: a node', () => eventLog.list(actor, { nodeId })],
    [
      'events: a node and an action',
      () => eventLog.list(actor, { nodeId, actions: ['media.linked', 'media.deleted'] }),
    ],
    ['events: a busy node', () => eventLog.list(actor, { nodeId: busyNodeId })],
    [
      'events: a busy node, an action that never occurred',
      () => eventLog.list(actor, { nodeId: busyNodeId, actions: ['media.merged'] }),
    ],
    ['events: a busy node, an idle actor', () => eventLog.list(actor, { nodeId: busyNodeId, actorId: actorId(499) })],
    [
      'events: a busy node, a month',
      () => eventLog.list(actor, { nodeId: busyNodeId, from: daysAgo(60), to: daysAgo(30) }),
    ],
    ['Media.history: 20 media', () => history.listByMedia(actor, nodeIds, {})],
    ['Media.history: a busy media', () => history.listByMedia(actor, [busyMediaId], {})],
    ['eventFeed: from the middle', () => eventLog.readPage(actor, { after: middle, first: 100 })],
    [
      'eventFeed: a rare action',
      () => eventLog.readPage(actor, { after: middle, actions: ['folder.created'], first: 100 }),
    ],
    ['eventFeed: an action that never occurred', () => eventLog.readPage(actor, { actions: ['media.merged'] })],
    ['eventFeed: a node', () => eventLog.readPage(actor, { nodeId })],
    [
      'eventFeed: a busy node, an action that never occurred',
      () => eventLog.readPage(actor, { nodeId: busyNodeId, actions: ['media.merged'] }),
    ],
    [
      'eventFeed: a node, an action that never occurred',
      () => eventLog.readPage(actor, { nodeId, actions: ['media.merged'] }),
    ],
  ]
  const readTimes: { name: string; p95Ms: number }[] = []
  for (const [name, read] of reads) {
    const p95Ms = await measureP95(read)
    logProgress(`${name}: p95 ${formatNumber(p95Ms)} ms`)
    readTimes.push({ name, p95Ms })
  }
  const slowest = readTimes.toSorted((a, b) => b.p95Ms - a.p95Ms)[0]
  const counts: Figure[] = []
  for (const [name, args] of trailCases.filter(([name]) => !name.includes('end'))) {
    const p95Ms = await measureP95(async () => (await eventLog.list(actor, args)).totalCount(), 3)
    counts.push(informational(`  totalCount: ${name}`, `${formatNumber(p95Ms)} ms`))
  }
  return [
    atMost(
      `${readTimes.length} reads, one per filter: slowest p95`,
      slowest?.p95Ms ?? 0,
      limitMs,
      ' ms',
      ` (${slowest?.name})`,
    ),
    ...counts,
  ]
}

export const measureLargeLog = async (): Promise<Figure[]> => {
  await using world = await openWorld()
  logProgress(`Seeding ${eventCount} events …`)
  await seedEvents(world)
  const runtime = await openRuntime({ config: readConfig(world.env), log: createLogger('error'), isWorker: false })
  try {
    const numberingSeconds = await waitUntilNumbered(world)
    await world.database.query('VACUUM ANALYZE')
    logProgress(`Numbered in ${formatNumber(numberingSeconds)} s`)
    const reads = await measureReads(world, runtime)
    const startMs = performance.now()
    const { ok, checked } = await runtime.services.eventLog.verify(systemActor)
    const verifySeconds = (performance.now() - startMs) / 1000
    if (!ok || checked !== eventCount) throw new Error(`Verified ${checked} of ${eventCount} events.`)
    return [
      atMost('verification per 1,000,000 events', (verifySeconds * 1_000_000) / eventCount, 60, ' s'),
      informational(
        `  verified ${eventCount} events; the sequencer numbered`,
        `${formatNumber(eventCount / numberingSeconds)}/s`,
      ),
      ...reads,
    ]
  } finally {
    await runtime.close()
  }
}
