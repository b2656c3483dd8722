import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

// Runs `npm test`: type check, style check, unused code, then all tests. Arguments are passed to Vitest: `npm test -- test/e2e`.
const bin = (name: string): string => join(import.meta.dirname, '../node_modules/.bin', name)

const steps = [
  [bin('tsc'), '--noEmit'],
  [bin('tsc'), '--noEmit', '--project', 'console'],
  [bin('biome'), 'check', '--error-on-warnings'],
  [bin('knip')],
  [bin('vitest'), 'run', ...process.argv.slice(2)],
]

for (const [command = '', ...args] of steps) {
  const { status } = spawnSync(command, args, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
