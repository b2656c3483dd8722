import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createNames, newFiles, registrations } from './new/domain.ts'

// Runs `npm run new -- caption`: creates the skeleton of a domain whose rows belong to a media, in every layer, with a
// query that reads one row. It compiles and passes its tests; the next steps are printed at the end.

const root = join(import.meta.dirname, '..')

const fail = (message: string): never => {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

const run = (script: string, ...args: string[]): void => {
  const { status } = spawnSync(process.execPath, [join(root, script), ...args], { cwd: root, stdio: 'inherit' })
  if (status !== 0) fail(`${script} failed.`)
}

const [name = ''] = process.argv.slice(2)
if (!/^[a-z][a-zA-Z]*$/.test(name)) fail('Usage: npm run new -- singularNoun, for example: npm run new -- caption')
const names = createNames(name)
const files = newFiles(names)
const existing = Object.keys(files).find((path) => existsSync(join(root, path)))
if (existing !== undefined) fail(`${existing} exists already. Choose another name.`)

// All changes are computed before the first one is written.
const changes = new Map(Object.entries(files))
for (const { path, edit } of registrations(names)) {
  const text = changes.get(path) ?? (await readFile(join(root, path), 'utf8'))
  const changed = edit(text)
  if (changed === text) fail(`${path} has another structure than expected. Adapt scripts/new/domain.ts.`)
  changes.set(path, changed)
}
for (const [path, text] of changes) {
  await mkdir(join(root, dirname(path)), { recursive: true })
  await writeFile(join(root, path), text)
}

run('scripts/generate.mjs')
run('scripts/newMigration.ts', `${name.toLowerCase()}_table`)
run('scripts/schema.ts')
run('scripts/generate.mjs')
run('node_modules/@biomejs/biome/bin/biome', 'check', '--write', '--log-level=error', ...changes.keys())
process.stdout.write(
  [
    `Created the domain ${name}:`,
    ...[...changes.keys()].map((path) => `  ${path}`),
    'Next: describe the model, the type and its fields; add what callers can do, each with its action of the log',
    '(ARCHITECTURE.md, "To add …"); add the domain to the table in ARCHITECTURE.md; run npm test.',
    '',
  ].join('\n'),
)
