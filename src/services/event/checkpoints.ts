import type { Database, Logger, Storage } from '../kernel/ports.ts'

/** The end of the chain at some moment: its hash stands for every row up to there. */
export interface Checkpoint {
  position: number
  /** In hexadecimal. */
  hash: string
}

/** Heads lie in storage, where whoever owns the database cannot rewrite them. */
export interface Checkpoints {
  /** By position. */
  list(): Promise<Checkpoint[]>
  /** Of a batch that is committed. */
  save(checkpoint: Checkpoint): Promise<void>
}

const folder = 'log/heads'

/** So many of the newest stay; of the older ones ever fewer, the older they are. */
const recentCheckpointCount = 64

/** How often the old ones are thinned out. */
const savesPerPruning = 64

/** So many are compared with the chain at once. */
const compareBatchSize = 1000

const keyOf = ({ position, hash }: Checkpoint): string => `${folder}/${String(position).padStart(16, '0')}-${hash}`

const parseKey = (key: string): Checkpoint | null => {
  const [, position, hash] = /\/(\d{16})-([0-9a-f]{64})$/.exec(key) ?? []
  return position === undefined || hash === undefined ? null : { position: Number(position), hash }
}

/**
 * What may go of heads in order: those that are neither among the newest nor the oldest of their distance, where each
 * distance is twice the one before. Some sixty beside the newest are left of any number.
 */
export const prunable = <Of extends { position: number }>(checkpoints: readonly Of[]): Of[] => {
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

  /** Only heads that the chain still agrees with are removed: the others are evidence. */
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
    const candidates = prunable(await list())
    for (let start = 0; start < candidates.length; start += compareBatchSize)
      await remove(candidates.slice(start, start + compareBatchSize))
  }

  /**
   * Storage may forbid removal, as evidence likes it: that is said once, and it is tried ever less often, since each try
   * reads all that stay.
   */
  const tryPrune = async (): Promise<void> => {
    try {
      await prune()
      savesBetweenPrunings = savesPerPruning
    } catch (error) {
      if (savesBetweenPrunings === savesPerPruning)
        log.warn({ err: error }, 'Old heads of the log could not be removed: they stay.')
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
