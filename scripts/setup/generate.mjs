import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { environmentOf, hint, root, say } from './runtime.mjs'

const stamp = join(root, 'prisma', 'generated', '.stamp')
const inputs = ['prisma/schema.prisma', 'prisma.config.ts', 'package-lock.json']
const outputs = ['prisma/generated/client/client.ts', 'prisma/generated/pothos.ts']

/** Prisma's client, unless it was made from the same schema by the same packages. */
export const ensureGenerated = (node) => {
  const hash = createHash('sha256')
  for (const path of inputs) hash.update(readFileSync(join(root, path)))
  const wanted = hash.digest('hex')
  const present = outputs.every((path) => existsSync(join(root, path)))
  if (present && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  say('Generating the database client …')
  const cli = join(root, 'node_modules', 'prisma', 'build', 'index.js')
  const env = { ...environmentOf(node), NO_COLOR: '1' }
  const run = spawnSync(node, [cli, 'generate'], { cwd: root, env, encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`prisma generate failed:\n${hint(`${run.stdout}\n${run.stderr}`, 20)}`)
  writeFileSync(stamp, wanted)
}
