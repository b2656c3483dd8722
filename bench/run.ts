import { runMeasurements } from './runner.ts'

await runMeasurements({
  start: () => import('./start.ts'),
  graph: () => import('./graph.ts'),
  apiProcesses: () => import('./apiProcesses.ts'),
  list: () => import('./list.ts'),
  find: () => import('./find.ts'),
  facets: () => import('./facets.ts'),
  pictures: () => import('./pictures.ts'),
  user: () => import('./user.ts'),
  operation: () => import('./operation.ts'),
  links: () => import('./links.ts'),
  assignment: () => import('./assignment.ts'),
  live: () => import('./live.ts'),
  libraryChanges: () => import('./libraryChanges.ts'),
  event: () => import('./event.ts'),
  upload: () => import('./upload.ts'),
  conversion: () => import('./conversion.ts'),
  console: () => import('./console.ts'),
  consoleGrid: () => import('./consoleGrid.ts'),
})
// A missed target is a result, not an error: the exit code stays 0.
process.exit()
