// Brings what a fresh checkout lacks, then runs a script: `node scripts/setup.mjs [--tests] [--run script args…]`.
// Plain JavaScript for Node 18 and later without any package: it runs before there are any. It also starts the script,
// since a shell that has once looked `node` up would keep using the old one.
import { ensureGenerated } from './setup/generate.mjs'
import { ensurePackages } from './setup/packages.mjs'
import { ensureRedis } from './setup/redis.mjs'
import { findNode, runWith } from './setup/runtime.mjs'

const args = process.argv.slice(2)
const at = args.indexOf('--run')
const flags = at < 0 ? args : args.slice(0, at)
const command = at < 0 ? [] : args.slice(at + 1)

try {
  ensurePackages()
  const node = findNode()
  ensureGenerated(node)
  if (flags.includes('--tests')) ensureRedis()
  if (command.length > 0) runWith(node, command)
} catch (error) {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
