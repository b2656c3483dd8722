import cluster from 'node:cluster'
import type { GroupProcess } from './supervisor.ts'

/** Whether this process was started by `startClusterProcess`. */
export const isClusterProcess = cluster.isWorker

/**
 * Starts this program again as a process that shares the port, with the same environment. This process accepts the
 * connections and hands them out in turn; a process whose parent has ended exits by itself.
 */
export const startClusterProcess = (): GroupProcess => {
  const worker = cluster.fork()
  const serving = Promise.withResolvers<void>()
  const exited = Promise.withResolvers<string>()
  worker.once('listening', () => serving.resolve())
  worker.once('exit', (code, signal) => exited.resolve(signal ? `signal ${signal}` : `code ${code}`))
  worker.on('error', () => undefined) // a message to a process that ends; its exit follows
  return {
    pid: worker.process.pid,
    serving: serving.promise,
    exited: exited.promise,
    stop: () => void worker.process.kill('SIGTERM'),
  }
}
