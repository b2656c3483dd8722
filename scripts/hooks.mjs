// Behind `npm run hooks`: installs the commit-msg hook, which checks the subject of every commit.
import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = execFileSync('git', ['rev-parse', '--git-path', 'hooks'], { encoding: 'utf8' }).trim()
const hook = join(folder, 'commit-msg')
writeFileSync(hook, '#!/bin/sh\nexec node scripts/commits.mjs "$1"\n')
chmodSync(hook, 0o755)
process.stdout.write(`Installed ${hook}.\n`)
