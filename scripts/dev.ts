import { spawn } from 'node:child_process'
import { join } from 'node:path'
import pretty from 'pino-pretty'
import { createServer } from 'vite'

// Behind `npm run dev`: `npm start` that restarts when a file changes, with readable logs instead of JSON lines, and Vite,
// which shows changes of the console at once. LOG_SQL=true also prints every SQL statement.
const child = spawn(process.execPath, ['--watch', join(import.meta.dirname, 'start.ts')], {
  stdio: ['inherit', 'inherit', 'pipe'],
})
child.stderr.pipe(pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l' }))

process.env['MEDIAGRAPH_URL'] ??= `http://127.0.0.1:${process.env['PORT'] ?? 4000}`
const vite = await createServer({ configFile: join(import.meta.dirname, '../console/vite.config.ts') })
await vite.listen()
process.stdout.write(`The console under development: ${vite.resolvedUrls?.local[0]} (sign in at the server first).\n`)

// The terminal sends Ctrl-C to both processes; a supervisor sends to this one alone.
process.on('SIGINT', () => undefined)
for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  void vite.close().finally(() => process.exit(code ?? 128 + (signal === 'SIGINT' ? 2 : 15)))
})
