import { type Figure, logProgress, printTable } from './figures.ts'

/** A module of figures: a benchmark or a fault. */
interface Measurement {
  title: string
  run(): Promise<Figure[]>
}

/**
 * Runs the measurements that the command line names, or all, and prints a table of each. Resolves to the number of
 * missed targets. A measurement that throws sets the exit code to 1; the others still run.
 */
export const runMeasurements = async (measurements: Record<string, () => Promise<Measurement>>): Promise<number> => {
  process.setMaxListeners(100) // each child process is killed by a listener of its own
  process.once('SIGINT', () => process.exit(130))
  process.once('SIGTERM', () => process.exit(143))
  const allNames = Object.keys(measurements)
  const requestedNames = process.argv.slice(2)
  const unknownNames = requestedNames.filter((name) => !allNames.includes(name))
  if (unknownNames.length > 0) {
    process.stderr.write(`Unknown: ${unknownNames.join(', ')}. Pass any of ${allNames.join(', ')}.\n`)
    process.exit(2)
  }
  let missedCount = 0
  for (const name of requestedNames.length > 0 ? requestedNames : allNames) {
    logProgress(`${name} …`)
    try {
      const module = await measurements[name]?.()
      if (module === undefined) continue
      const figures = await module.run()
      printTable(module.title, figures)
      missedCount += figures.filter(({ met }) => met === false).length
    } catch (error) {
      process.exitCode = 1
      process.stderr.write(`Failed to measure ${name}: ${error instanceof Error ? error.stack : error}\n`)
    }
  }
  return missedCount
}
