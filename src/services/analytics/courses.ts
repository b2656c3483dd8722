import type { Transaction } from '../kernel/ports.ts'

export interface CourseSum {
  resourceId: string
  files: number
  bytes: number
}

/** Sums the distinct media of each course, its chapters and lessons; returns the courses with the most bytes. */
export const computeCourses = async (transaction: Transaction, limit: number): Promise<CourseSum[]> => {
  const rows = await transaction.$queryRaw<{ resourceId: string; files: bigint; bytes: bigint }[]>`
    WITH RECURSIVE branch AS (
      SELECT "id" AS course, "id" FROM "Resource" WHERE "type" = 'course' AND "deletedAt" IS NULL
      UNION ALL
      SELECT branch.course, r."id" FROM branch JOIN "Resource" r ON r."parentId" = branch."id" WHERE r."deletedAt" IS NULL
    ), used AS (
      SELECT DISTINCT branch.course, u."mediaId" FROM branch JOIN "MediaUsage" u ON u."resourceId" = branch."id"
    )
    SELECT used.course AS "resourceId", count(*) AS files, sum(m."sizeBytes")::bigint AS bytes
    FROM used JOIN "Media" m ON m."id" = used."mediaId" AND m."deletedAt" IS NULL
    GROUP BY used.course ORDER BY bytes DESC, used.course LIMIT ${limit}`
  return rows.map(({ resourceId, files, bytes }) => ({ resourceId, files: Number(files), bytes: Number(bytes) }))
}
