import type { Database, Logger, Storage } from '../kernel/ports.ts'

/** End of the chain at some point in time: the hash covers every row up to this position. */
export interface Checkpoint {
  position: number
  /** In hexadecimal. */
  hash: string
}

/** Keeps checkpoints in storage, where the owner of the database cannot rewrite them. */
export interface Checkpoints {
  /** Lists the saved checkpoints, ordered by position. */
  list(): Promise<Checkpoint[]>
  /** Saves the end of the chain after a batch was committed. */
  save(checkpoint: Checkpoint): Promise<void>
}

const folder = 'log/heads'

/** Number of newest checkpoints that are never pruned. Of the older ones fewer remain, the older they are. */
const recentCheckpointCount = 64

/** Number of saves between two prunings. */
const savesPerPruning = 64

/** Number of checkpoints that one statement compares with the chain. */
const compareBatchSize = 1000

const keyOf = ({ position, hash }: Checkpoint): string => `${folder}/${String(position).padStart(16, '0')}-${hash}`

const parseKey = (key: string): Checkpoint | null => {
  const [, position, hash] = /\/(\d{16})-([0-9a-f]{64})$/.exec(key) ?? []
  return position === undefined || hash === undefined ? null : { position: Number(position), hash }
}

/**
 * Returns the checkpoints of an ordered list that may be removed: those that are neither among the newest nor the
 * oldest in their range of distances from the end, where each range is twice as wide as the one before. About sixty
 * checkpoints besides the newest remain, however many there were.
 */
const selectPrunable = <Item extends { position: number }>(checkpoints: readonly Item[]): Item[] => {
  const newest = checkpoints.at(-1)?.position ?? 0
  const distances = new Set<number>()
  return checkpoints.slice(0, -recentCheckpointCount).filter(({ position }) => {
    const distance = Math.floor(Math.log2(newest - position))
    if (distances.has(distance)) return true
    distances.add(distance)
    return false
  })
}

interface CheckpointsOptions {
  storage: Storage
  database: Database
  log: Logger
}

export const createCheckpoints = ({ storage, database, log }: CheckpointsOptions): Checkpoints => {
  let savesUntilPruning = 0
  let savesBetweenPrunings = savesPerPruning

  const list = async (): Promise<Checkpoint[]> => {
    const keys = await storage.list(folder)
    return keys.map(parseKey).filter((checkpoint) => checkpoint !== null)
  }

  /** Removes only checkpoints that match the chain; one that differs proves that the log was changed, so it is kept. */
  const remove = async (candidates: readonly Checkpoint[]): Promise<void> => {
    const rows = await database.eventChain.findMany({
      where: { position: { in: candidates.map(({ position }) => position) } },
      select: { position: true, hash: true },
    })
    const hashes = new Map(rows.map(({ position, hash }) => [Number(position), Buffer.from(hash).toString('hex')]))
    for (const checkpoint of candidates)
      if (hashes.get(checkpoint.position) === checkpoint.hash) await storage.remove(keyOf(checkpoint))
  }

  const prune = async (): Promise<void> => {
    const candidates = selectPrunable(await list())
    for (let start = 0; start < candidates.length; start += compareBatchSize)
      await remove(candidates.slice(start, start + compareBatchSize))
  }

  /**
   * Storage may forbid removal, which protects checkpoints even better. Logs the first failure and prunes less and less
   * often, because each attempt reads all remaining checkpoints.
   */
  const tryPrune = async (): Promise<void> => {
    try {
      await prune()
      savesBetweenPrunings = savesPerPruning
    } catch (error) {
      if (savesBetweenPrunings === savesPerPruning)
        log.warn({ err: error }, 'Failed to remove old checkpoints of the log; they are kept.')
      savesBetweenPrunings *= 2
    }
  }

  return {
    list,
    async save(checkpoint) {
      await storage.put(
        keyOf(checkpoint),
        Buffer.from(`${JSON.stringify({ ...checkpoint, keptAt: new Date().toISOString() })}\n`),
      )
      if (savesUntilPruning === 0) {
        await tryPrune()
        savesUntilPruning = savesBetweenPrunings
      }
      savesUntilPruning -= 1
    },
  }
}
