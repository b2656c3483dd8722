import { Prisma, type Rendition } from '../../../prisma/generated/client/client.ts'
import type { RenditionStatus } from '../../../prisma/generated/client/enums.ts'
import { type Action, type EventData, record } from '../event/actions.ts'
import type { Actor } from '../kernel/actor.ts'
import { type MediaMessage, mediaChannel, renditionStateOf } from '../kernel/messages.ts'
import type { Database, PubSub, Queue, Transaction } from '../kernel/ports.ts'
import { conversionJob } from './profiles.ts'

interface Transition {
  from: RenditionStatus[]
  to: RenditionStatus
}

/** The allowed changes of a rendition's status. Every update of the column goes through this table. */
const transitions = {
  // A worker that takes the job over from a crashed one finds PROCESSING.
  start: { from: ['QUEUED', 'PROCESSING'], to: 'PROCESSING' },
  complete: { from: ['PROCESSING'], to: 'READY' },
  fail: { from: ['PROCESSING'], to: 'FAILED' },
  release: { from: ['PROCESSING'], to: 'QUEUED' },
  abandon: { from: ['QUEUED', 'PROCESSING'], to: 'FAILED' },
  cancel: { from: ['QUEUED', 'PROCESSING'], to: 'CANCELLED' },
  retry: { from: ['FAILED', 'CANCELLED'], to: 'QUEUED' },
} satisfies Record<string, Transition>

export interface RenditionChange {
  transition: keyof typeof transitions
  data?: Prisma.RenditionUpdateManyMutationInput
}

/** Changes the status of those of the selected renditions whose status allows it; resolves to these. */
export const transition = (
  transaction: Transaction,
  where: Prisma.RenditionWhereInput,
  { transition: by, data }: RenditionChange,
): Promise<Rendition[]> => {
  const { from, to }: Transition = transitions[by]
  return transaction.rendition.updateManyAndReturn({
    where: { AND: [where, { status: { in: from } }] },
    data: { ...data, status: to, revision: { increment: 1 } },
  })
}

export const recordRendition = <A extends Action>(
  transaction: Transaction,
  actor: Actor,
  action: A,
  rendition: Rendition,
  mediaId: string,
  data: EventData[A],
): Promise<void> => record(transaction, actor, { action, nodeType: 'Rendition', nodeId: rendition.id, mediaId, data })

/** Queues renditions that failed or were cancelled for another conversion, with log rows and jobs. */
export const retryRenditions = async (
  transaction: Transaction,
  queue: Queue,
  actor: Actor,
  mediaId: string,
  where: Prisma.RenditionWhereInput,
): Promise<Rendition[]> => {
  const renditions = await transition(transaction, where, {
    transition: 'retry',
    data: { percent: 0, failure: Prisma.DbNull, requests: { increment: 1 } },
  })
  for (const rendition of renditions)
    await recordRendition(transaction, actor, 'rendition.retried', rendition, mediaId, { profile: rendition.profile })
  await queue.send(transaction, ...renditions.map(conversionJob))
  return renditions
}

export const publishRendition = (pubsub: PubSub, mediaId: string, rendition: Rendition): void => {
  const message: MediaMessage = { type: 'rendition', ...renditionStateOf(rendition) }
  pubsub.publish(mediaChannel(mediaId), message)
}

/** Changes the status of one rendition together with what belongs to it in one transaction, then tells subscribers. */
export const createRenditionTransition =
  ({ database, pubsub }: { database: Database; pubsub: PubSub }) =>
  async (
    where: Prisma.RenditionWhereInput,
    mediaId: string,
    change: RenditionChange,
    also: (transaction: Transaction, rendition: Rendition) => Promise<void> = async () => undefined,
  ): Promise<Rendition | null> => {
    const rendition = await database.$transaction(async (transaction) => {
      const [changed = null] = await transition(transaction, where, change)
      if (changed !== null) await also(transaction, changed)
      return changed
    })
    if (rendition !== null) publishRendition(pubsub, mediaId, rendition)
    return rendition
  }
