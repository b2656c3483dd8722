import { randomUUID } from 'node:crypto'
import { Prisma } from '../../prisma/generated/client/client.ts'
import type { JobLease } from '../../src/services/kernel/jobs.ts'

/** Lease of a job that exists in no queue, for tests that call the worker's services themselves. */
export const createLease = ({ isHeld = true } = {}): JobLease => ({
  jobId: randomUUID(),
  isHeld: Prisma.sql`${isHeld}::boolean`,
  isFree: () => Prisma.sql`TRUE`,
})
