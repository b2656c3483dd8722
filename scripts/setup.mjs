// Installs what a fresh checkout lacks, then runs a script: `node scripts/setup.mjs [--tests] [--browser] [--second-ffmpeg] [--run script args…]`.
// Plain JavaScript for Node 18 and later without dependencies, because it runs before any package is installed. It also
// starts the script itself, because a shell caches the path of `node` and would keep using the old version.
import { ensureChromium } from './setup/chromium.mjs'
import { ensureConsole } from './setup/console.mjs'
import { ensureGenerated } from './setup/generate.mjs'
import { offerNginx } from './setup/nginx.mjs'
import { ensurePackages } from './setup/packages.mjs'
import { ensureRedis } from './setup/redis.mjs'
import { findNode, runWith } from './setup/runtime.mjs'
import { offerSecondFfmpeg } from './setup/secondFfmpeg.mjs'

const args = process.argv.slice(2)
const runIndex = args.indexOf('--run')
const flags = runIndex < 0 ? args : args.slice(0, runIndex)
const command = runIndex < 0 ? [] : args.slice(runIndex + 1)

try {
  ensurePackages()
  const node = findNode()
  ensureGenerated(node)
  ensureConsole(node)
  if (flags.includes('--tests')) {
    ensureRedis()
    offerNginx()
  }
  if (flags.includes('--browser')) ensureChromium()
  if (flags.includes('--second-ffmpeg')) offerSecondFfmpeg()
  if (command.length > 0) runWith(node, command)
} catch (error) {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
