import type { JobLease } from './jobs.ts'
import type { Transaction } from './ports.ts'

/** Throws if the worker has lost the job: then another worker runs it, and this one must not write. */
export const requireLease = async (transaction: Transaction, lease: JobLease): Promise<void> => {
  const [row] = await transaction.$queryRaw<{ isHeld: boolean }[]>`SELECT ${lease.isHeld} AS "isHeld"`
  if (row?.isHeld !== true) throw new Error('This worker has lost the job; another one takes it over.')
}
