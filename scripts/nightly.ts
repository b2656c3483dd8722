import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { join } from 'node:path'

// Runs `npm run nightly`: the tests with random input, with far more of it than `npm test`, and all odd files, also with
// the second build of ffmpeg. Arguments are passed to Vitest.
const runs = {
  CACHE_STEPS: '5000',
  DIFFERENTIAL_RUNS: '5000',
  DIFFERENTIAL_SEED: String(randomInt(1e9)),
  HOSTILE_RUNS: '10000',
  LIST_RUNS: '1000',
  READING_RUNS: '5000',
  ODD_FILES: 'all',
}
const tests = [
  'test/differential',
  'test/e2e/media/list.test.ts',
  'test/e2e/media/oddFiles.test.ts',
  'test/fuzz',
  'test/adapters/reading/random.test.ts',
  'test/worker/ffmpeg/secondFfmpeg.test.ts',
]

const { status } = spawnSync(
  join(import.meta.dirname, '../node_modules/.bin/vitest'),
  ['run', '--testTimeout', '3600000', ...tests, ...process.argv.slice(2)],
  { stdio: 'inherit', env: { ...runs, ...process.env } },
)
process.exitCode = status ?? 1
