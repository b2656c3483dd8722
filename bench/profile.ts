import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { informational, printTable } from './figures.ts'

// Prints how the CPU time of a profile is divided among packages: `node bench/profile.ts folder-or-file [seconds to skip]`.
// `BENCH_PROFILE=folder npm run bench -- graph` writes profiles of the product; the first seconds load its code.

interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string } }[]
  samples: number[]
  timeDeltas: number[]
}

const packagePattern = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//
const sourcePattern = /\/((?:src|prisma\/generated|bench)(?:\/[^/]+)?)\//

/** Names the package of a function, the folder of our own code, or the part of Node. */
const ownerOf = ({ functionName, url }: CpuProfile['nodes'][number]['callFrame']): string => {
  if (url.startsWith('node:')) return 'Node'
  if (url.startsWith('wasm:')) return 'WebAssembly'
  if (url === '') return functionName.startsWith('(') ? functionName : 'built-in functions'
  return packagePattern.exec(url)?.[1] ?? sourcePattern.exec(url)?.[1] ?? 'other'
}

/** Sums the self time in milliseconds by owner. Idle time is left out. */
const sumByOwner = ({ nodes, samples, timeDeltas }: CpuProfile, skipSeconds: number): Map<string, number> => {
  const owners = new Map(nodes.map(({ id, callFrame }) => [id, ownerOf(callFrame)]))
  const sums = new Map<string, number>()
  let elapsedMs = 0
  for (const [index, id] of samples.entries()) {
    // Each delta is the time since the previous sample, so it belongs to that one.
    const ms = (timeDeltas[index + 1] ?? 0) / 1000
    elapsedMs += ms
    const owner = owners.get(id) ?? 'other'
    if (elapsedMs >= skipSeconds * 1000 && owner !== '(idle)') sums.set(owner, (sums.get(owner) ?? 0) + ms)
  }
  return sums
}

const listProfiles = async (path: string): Promise<string[]> => {
  if (!(await stat(path)).isDirectory()) return [path]
  const names = await readdir(path)
  return names.filter((name) => name.endsWith('.cpuprofile')).map((name) => join(path, name))
}

const [path, skipSeconds = '0'] = process.argv.slice(2)
if (path === undefined) {
  process.stderr.write('Pass a .cpuprofile file, or a folder of them, then the number of seconds to skip.\n')
  process.exit(2)
}
for (const file of await listProfiles(path)) {
  const sums = [...sumByOwner(JSON.parse(await readFile(file, 'utf8')), Number(skipSeconds))]
  const totalMs = sums.reduce((sum, [, ms]) => sum + ms, 0)
  const rows = sums.toSorted(([, left], [, right]) => right - left).filter(([, ms]) => ms >= totalMs / 1000)
  printTable(`${file}: ${(totalMs / 1000).toFixed(1)} s of CPU time, self time by package`, [
    ...rows.map(([owner, ms]) => informational(owner, `${((ms * 100) / totalMs).toFixed(1).padStart(5)} %`)),
  ])
}
