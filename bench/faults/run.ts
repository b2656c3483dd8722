import { runMeasurements } from '../runner.ts'

/** Attacks on a running system. Each prints what was lost, and for how long, beside what is promised. */
const missedCount = await runMeasurements({
  uploads: () => import('./uploads.ts'),
  workers: () => import('./workers.ts'),
  blobs: () => import('./blobs.ts'),
  crowds: () => import('./crowds.ts'),
  database: () => import('./database.ts'),
  disk: () => import('./disk.ts'),
  undo: () => import('./undo.ts'),
  redis: () => import('./redis.ts'),
})
// A broken promise fails the command, unlike a missed target of a benchmark.
process.exit(missedCount > 0 ? 1 : undefined)
