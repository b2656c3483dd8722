import { createLogger } from '../../src/adapters/logger.ts'
import { openRuntime, type Runtime } from '../../src/adapters/runtime.ts'
import { readConfig } from '../../src/services/config/config.ts'
import type { AuditTrailArguments } from '../../src/services/event/auditTrail.ts'
import { feedCursor } from '../../src/services/event/feed.ts'
import { type Actor, system } from '../../src/services/kernel/actor.ts'
import { globalId } from '../../src/services/kernel/ids.ts'
import { atMost, type Figure, formatNumber, informational, logProgress, percentile } from '../figures.ts'
import { openWorld, type World } from '../world.ts'

// `BENCH_EVENTS=10000000` for a larger log.
const size = Number(process.env.BENCH_EVENTS ?? 1_000_000)
const rounds = 20
const limitMs = 50

/**
 * Four years of a school: few actions are common and most are rare, few programs do most, each media has some events,
 * and one, which every course shows, has a hundredth of all.
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
    [size],
  )
  await database.query('VACUUM ANALYZE')
}

const waitUntilNumbered = async (world: World): Promise<number> => {
  const startMs = performance.now()
  const countPending = async () => (await world.database.query('SELECT FROM "EventPending" LIMIT 1')).rowCount
  while ((await countPending()) !== 0) await new Promise((resolve) => setTimeout(resolve, 200))
  return (performance.now() - startMs) / 1000
}

const busyMedia = '0198c5f0-0000-7000-9000-000000000000'
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
  ['everything', {}],
  ['everything, from the end', { last: 20 }],
  ['a common action', { actions: ['media.linked'] }],
  ['a rare action', { actions: ['folder.created'] }],
  ['an action that never was', { actions: ['media.merged'] }],
  ['six actions', { actions: sixActions }],
  ['a busy actor', { actorId: actorId(1) }],
  ['an idle actor', { actorId: actorId(499) }],
  ['a busy actor, a rare action', { actorId: actorId(1), actions: ['folder.created'] }],
  ['a busy actor, an action that never was', { actorId: actorId(1), actions: ['media.merged', 'media.purged'] }],
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
  const actor: Actor = system
  const { rows } = await world.database.query<{ nodeId: string }>(
    'SELECT "nodeId" FROM (SELECT "nodeId" FROM "Event" ORDER BY id LIMIT 100) AS event WHERE "nodeId" <> $1 LIMIT 20',
    [busyMedia],
  )
  const nodeIds = rows.map((row) => row.nodeId)
  const nodeId = globalId('Media', nodeIds[0] ?? '')
  const busyNode = globalId('Media', busyMedia)
  const middle = feedCursor(Math.floor(size / 2))
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
    ['events: a busy node', () => eventLog.list(actor, { nodeId: busyNode })],
    [
      'events: a busy node, an action that never was',
      () => eventLog.list(actor, { nodeId: busyNode, actions: ['media.merged'] }),
    ],
    ['events: a busy node, an idle actor', () => eventLog.list(actor, { nodeId: busyNode, actorId: actorId(499) })],
    [
      'events: a busy node, a month',
      () => eventLog.list(actor, { nodeId: busyNode, from: daysAgo(60), to: daysAgo(30) }),
    ],
    ['Media.history: 20 of them', () => history.ofMedia(actor, nodeIds, {})],
    ['Media.history: a busy one', () => history.ofMedia(actor, [busyMedia], {})],
    ['eventFeed: from the middle', () => eventLog.page(actor, { after: middle, first: 100 })],
    [
      'eventFeed: a rare action',
      () => eventLog.page(actor, { after: middle, actions: ['folder.created'], first: 100 }),
    ],
    ['eventFeed: an action that never was', () => eventLog.page(actor, { actions: ['media.merged'] })],
    ['eventFeed: a node', () => eventLog.page(actor, { nodeId })],
    [
      'eventFeed: a busy node, an action that never was',
      () => eventLog.page(actor, { nodeId: busyNode, actions: ['media.merged'] }),
    ],
    ['eventFeed: a node, an action that never was', () => eventLog.page(actor, { nodeId, actions: ['media.merged'] })],
  ]
  const figures: { name: string; p95: number }[] = []
  for (const [name, read] of reads) {
    const p95 = await measureP95(read)
    logProgress(`${name}: p95 ${formatNumber(p95)} ms`)
    figures.push({ name, p95 })
  }
  const slowest = figures.toSorted((a, b) => b.p95 - a.p95)[0]
  const counts: Figure[] = []
  for (const [name, args] of trailCases.filter(([name]) => !name.includes('end'))) {
    const p95 = await measureP95(async () => (await eventLog.list(actor, args)).totalCount(), 3)
    counts.push(informational(`  totalCount: ${name}`, `${formatNumber(p95)} ms`))
  }
  return [
    atMost(
      `${figures.length} reads, each filter: slowest p95`,
      slowest?.p95 ?? 0,
      limitMs,
      ' ms',
      ` (${slowest?.name})`,
    ),
    ...counts,
  ]
}

export const measureLarge = async (): Promise<Figure[]> => {
  await using world = await openWorld()
  logProgress(`${size} events …`)
  await seedEvents(world)
  const runtime = await openRuntime({ config: readConfig(world.env), log: createLogger('error'), isWorker: false })
  try {
    const seconds = await waitUntilNumbered(world)
    await world.database.query('VACUUM ANALYZE')
    logProgress(`numbered in ${formatNumber(seconds)} s`)
    const reads = await measureReads(world, runtime)
    const startMs = performance.now()
    const { ok, checked } = await runtime.services.eventLog.verify(system)
    const verifySeconds = (performance.now() - startMs) / 1000
    if (!ok || checked !== size) throw new Error(`Verified ${checked} of ${size} events.`)
    return [
      atMost('verifying, per 1,000,000 events', (verifySeconds * 1_000_000) / size, 60, ' s'),
      informational(`  of ${size} events; numbered before at`, `${formatNumber(size / seconds)}/s`),
      ...reads,
    ]
  } finally {
    await runtime.close()
  }
}
