import { spawn } from 'node:child_process'
import { join } from 'node:path'
import pretty from 'pino-pretty'

// Behind `npm run dev`: `npm start` that restarts when a file changes, with readable logs instead of JSON lines.
// LOG_SQL=true also prints every SQL statement.
const child = spawn(process.execPath, ['--watch', join(import.meta.dirname, 'start.ts')], {
  stdio: ['inherit', 'inherit', 'pipe'],
})
child.stderr.pipe(pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l' }))

// The terminal sends Ctrl-C to both processes; a supervisor sends to this one alone.
process.on('SIGINT', () => undefined)
for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(code ?? 128 + (signal === 'SIGINT' ? 2 : 15)))
