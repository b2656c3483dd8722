import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createEnvironment, lastLines, printLine, root } from './runtime.mjs'

const stamp = join(root, 'prisma', 'generated', '.stamp')
const inputs = [
  'prisma/schema.prisma',
  'prisma/readingModel.mjs',
  'prisma.config.ts',
  'package-lock.json',
  'codegen.ts',
  'client/documents.graphql',
  ...readdirSync(join(root, 'console/src/api/documents')).map((name) => `console/src/api/documents/${name}`),
  'src/schema/schema.graphql',
]
const outputs = [
  'prisma/generated/client/client.ts',
  'prisma/generated/pothos.ts',
  'prisma/generated/reading.ts',
  'client/generated/documents.ts',
  'console/src/api/generated/documents.ts',
]

/** Generates Prisma's client and the typed documents, unless they were generated from the same files by the same packages. */
export const ensureGenerated = (node) => {
  const hash = createHash('sha256')
  for (const path of inputs) hash.update(readFileSync(join(root, path)))
  const expectedHash = hash.digest('hex')
  const outputsExist = outputs.every((path) => existsSync(join(root, path)))
  if (outputsExist && existsSync(stamp) && readFileSync(stamp, 'utf8') === expectedHash) return
  printLine('Generating the database client and the typed documents …')
  run(node, 'prisma', ['prisma', 'build', 'index.js'], ['generate'])
  run(node, 'graphql-codegen', ['@graphql-codegen', 'cli', 'esm', 'bin.js'], ['--config', 'codegen.ts'])
  writeFileSync(stamp, expectedHash)
}

const run = (node, name, script, args) => {
  const env = { ...createEnvironment(node), NO_COLOR: '1' }
  const command = [join(root, 'node_modules', ...script), ...args]
  const { status, stdout, stderr } = spawnSync(node, command, { cwd: root, env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${name} failed:\n${lastLines(`${stdout}\n${stderr}`, 20)}`)
}
