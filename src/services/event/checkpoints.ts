import type { Database, Log, Storage } from '../kernel/ports.ts'

/** The end of the chain at some moment: its hash stands for every row up to there. */
export interface Head {
  position: number
  /** In hexadecimal. */
  hash: string
}

/** Heads lie in storage, where whoever owns the database cannot rewrite them. */
export interface Heads {
  /** By position. */
  list(): Promise<Head[]>
  /** Of a batch that is committed. */
  keep(head: Head): Promise<void>
}

const folder = 'log/heads'

/** So many of the newest stay; of the older ones ever fewer, the older they are. */
const newestKept = 64

/** How often the old ones are thinned out. */
const keepsPerPruning = 64

/** So many are compared with the chain at once. */
const sliceSize = 1000

const keyOf = ({ position, hash }: Head): string => `${folder}/${String(position).padStart(16, '0')}-${hash}`

const headOf = (key: string): Head | null => {
  const [, position, hash] = /\/(\d{16})-([0-9a-f]{64})$/.exec(key) ?? []
  return position === undefined || hash === undefined ? null : { position: Number(position), hash }
}

/**
 * What may go of heads in order: those that are neither among the newest nor the oldest of their distance, where each
 * distance is twice the one before. Some sixty beside the newest are left of any number.
 */
export const outdated = <Of extends { position: number }>(heads: readonly Of[]): Of[] => {
  const newest = heads.at(-1)?.position ?? 0
  const distances = new Set<number>()
  return heads.slice(0, -newestKept).filter(({ position }) => {
    const distance = Math.floor(Math.log2(newest - position))
    if (distances.has(distance)) return true
    distances.add(distance)
    return false
  })
}

interface HeadsOptions {
  storage: Storage
  database: Database
  log: Log
}

export const createHeads = ({ storage, database, log }: HeadsOptions): Heads => {
  let keepsLeft = 0
  let keepsBetween = keepsPerPruning

  const list = async (): Promise<Head[]> => {
    const keys = await storage.list(folder)
    return keys.map(headOf).filter((head) => head !== null)
  }

  /** Only heads that the chain still agrees with are removed: the others are evidence. */
  const remove = async (old: readonly Head[]): Promise<void> => {
    const rows = await database.eventChain.findMany({
      where: { position: { in: old.map(({ position }) => position) } },
      select: { position: true, hash: true },
    })
    const hashes = new Map(rows.map(({ position, hash }) => [Number(position), Buffer.from(hash).toString('hex')]))
    for (const head of old) if (hashes.get(head.position) === head.hash) await storage.remove(keyOf(head))
  }

  const prune = async (): Promise<void> => {
    const old = outdated(await list())
    for (let start = 0; start < old.length; start += sliceSize) await remove(old.slice(start, start + sliceSize))
  }

  /**
   * Storage may forbid removal, as evidence likes it: that is said once, and it is tried ever less often, since each try
   * reads all that stay.
   */
  const tryPrune = async (): Promise<void> => {
    try {
      await prune()
      keepsBetween = keepsPerPruning
    } catch (error) {
      if (keepsBetween === keepsPerPruning)
        log.warn({ err: error }, 'Old heads of the log could not be removed: they stay.')
      keepsBetween *= 2
    }
  }

  return {
    list,
    async keep(head) {
      await storage.put(keyOf(head), Buffer.from(`${JSON.stringify({ ...head, keptAt: new Date().toISOString() })}\n`))
      if (keepsLeft === 0) {
        await tryPrune()
        keepsLeft = keepsBetween
      }
      keepsLeft -= 1
    },
  }
}
