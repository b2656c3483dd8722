// Checks commit subjects: `node scripts/commits.mjs main..HEAD` for a range, or with the path of a message file as git's
// `commit-msg` hook (`npm run hooks` installs it).
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

const pattern = /^(feat|fix|refactor|perf|test|docs|chore)\([a-z][a-zA-Z0-9-]*\): \S.*[^.\s]$/
const maxLength = 72

const [target = 'HEAD~1..HEAD'] = process.argv.slice(2)
const subjects = existsSync(target)
  ? [readFileSync(target, 'utf8').split('\n')[0]]
  : execFileSync('git', ['log', '--no-merges', '--format=%s', target], { encoding: 'utf8' }).split('\n').filter(Boolean)

const faults = subjects.flatMap((subject) => [
  ...(pattern.test(subject) ? [] : [`"${subject}" is not "type(area): what, for whom".`]),
  ...(subject.length > maxLength ? [`"${subject}" has ${subject.length} characters; at most ${maxLength}.`] : []),
])
for (const fault of faults) process.stderr.write(`${fault}\n`)
if (faults.length > 0) {
  process.stderr.write('Types: feat, fix, refactor, perf, test, docs, chore. See CONTRIBUTING.md.\n')
  process.exitCode = 1
}
