import { createBatches } from '../kernel/batching.ts'
import type { Clock, Database, PubSub } from '../kernel/ports.ts'
import { publishUpload } from './closing.ts'
import type { UploadSessions } from './session.ts'

/** An upload expires this long after its last received byte. */
export const idleTimeoutMs = 24 * 60 * 60 * 1000

interface ProgressTools {
  database: Database
  pubsub: PubSub
  clock: Clock
}

interface Report {
  id: string
  fence: number
  receivedBytes: number
}

/** Id of the media of an upload whose progress was written. */
interface Written {
  mediaId: string
}

/** Records how many bytes have arrived. Updates only growing numbers, so that a late report never reduces the progress. */
export const createProgressRecorder = ({
  database,
  pubsub,
  clock,
}: ProgressTools): UploadSessions['recordProgress'] => {
  const computeExpiry = (): Date => new Date(clock.now().getTime() + idleTimeoutMs)

  const writeOne = async ({ id, fence, receivedBytes }: Report): Promise<Written | undefined> => {
    const [row] = await database.$queryRaw<Written[]>`
      UPDATE "Upload" SET "receivedBytes" = ${receivedBytes}, "status" = 'RECEIVING', "expiresAt" = ${computeExpiry()}
      WHERE "id" = ${id}::uuid AND "fence" = ${fence} AND "status" IN ('WAITING', 'RECEIVING') AND "receivedBytes" <= ${receivedBytes}
      RETURNING "mediaId"`
    return row
  }

  /** Never waits for a row: an upload that is locked must not delay the progress of the others. */
  const writeUnlocked = async (reports: Report[]): Promise<Map<string, Written>> => {
    const rows = await database.$queryRaw<(Written & { id: string })[]>`
      WITH free AS (
        SELECT u."id", report."receivedBytes" FROM "Upload" u
          JOIN unnest(${reports.map(({ id }) => id)}::uuid[], ${reports.map(({ fence }) => fence)}::int[],
            ${reports.map(({ receivedBytes }) => BigInt(receivedBytes))}::bigint[]) AS report("id", "fence", "receivedBytes")
            ON report."id" = u."id" AND report."fence" = u."fence"
        WHERE u."status" IN ('WAITING', 'RECEIVING') AND u."receivedBytes" <= report."receivedBytes"
        FOR NO KEY UPDATE OF u SKIP LOCKED
      )
      UPDATE "Upload" u SET "receivedBytes" = free."receivedBytes", "status" = 'RECEIVING', "expiresAt" = ${computeExpiry()}
      FROM free WHERE u."id" = free."id"
      RETURNING u."id", u."mediaId"`
    return new Map(rows.map((row) => [row.id, row]))
  }

  const writeAll = createBatches(async (reports: Report[]): Promise<(Written | undefined)[]> => {
    const isRepeated = new Set(reports.map(({ id }) => id)).size < reports.length
    if (isRepeated) return reports.map(() => undefined)
    const written = await writeUnlocked(reports)
    return reports.map(({ id }) => written.get(id))
  })

  return async ({ id, fence }, receivedBytes) => {
    const report = { id, fence, receivedBytes }
    // If the batch did not write it, the upload is ended, overtaken or locked: a statement of its own, which may wait, tells.
    const written = (await writeAll(report)) ?? (await writeOne(report))
    if (written === undefined) return
    publishUpload(pubsub, {
      id,
      status: 'RECEIVING',
      receivedBytes: BigInt(receivedBytes),
      mediaId: written.mediaId,
    })
  }
}
