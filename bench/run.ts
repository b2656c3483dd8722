import { logProgress, printTable } from './figures.ts'

const benchmarks = {
  start: () => import('./start.ts'),
  list: () => import('./list.ts'),
  find: () => import('./find.ts'),
  user: () => import('./user.ts'),
  operation: () => import('./operation.ts'),
  assignment: () => import('./assignment.ts'),
  live: () => import('./live.ts'),
  event: () => import('./event.ts'),
  upload: () => import('./upload.ts'),
  conversion: () => import('./conversion.ts'),
}

type Name = keyof typeof benchmarks
const isName = (text: string): text is Name => Object.hasOwn(benchmarks, text)

process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))

const requestedNames = process.argv.slice(2)
const unknownNames = requestedNames.filter((text) => !isName(text))
if (unknownNames.length > 0) {
  process.stderr.write(
    `Unknown benchmarks: ${unknownNames.join(', ')}. Pass any of ${Object.keys(benchmarks).join(', ')}.\n`,
  )
  process.exit(2)
}

const allNames = Object.keys(benchmarks).filter(isName)
for (const name of requestedNames.length > 0 ? requestedNames.filter(isName) : allNames) {
  logProgress(`${name} …`)
  try {
    const { title, run } = await benchmarks[name]()
    printTable(title, await run())
  } catch (error) {
    process.exitCode = 1
    process.stderr.write(`Failed to measure ${name}: ${error instanceof Error ? error.stack : error}\n`)
  }
}
// A missed target is a result, not an error: the exit code stays 0.
process.exit()
