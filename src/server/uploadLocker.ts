import type { Locker } from '@tus/server'

interface Waiter {
  start(): void
  askToRelease(): void
}

const patienceMs = 60_000
const locked = { status_code: 423, body: 'Another request is writing to this upload.' }

/**
 * One request at a time per upload, in the order in which they came; who waits asks the holder to let go. The memory
 * locker of @tus/server does the same by polling without a pause, which burns a core for as long as anybody waits.
 * Holds within one process: several API processes need the requests of one upload on one of them, or a shared locker.
 */
export const createUploadLocker = (): Locker => {
  const queues = new Map<string, Waiter[]>()

  const leave = (id: string, waiter: Waiter): void => {
    const queue = queues.get(id) ?? []
    const wasHolder = queue[0] === waiter
    const rest = queue.filter((other) => other !== waiter)
    if (rest.length === 0) queues.delete(id)
    else queues.set(id, rest)
    if (!wasHolder) return
    rest[0]?.start()
    if (rest.length > 1) rest[0]?.askToRelease()
  }

  return {
    newLock: (id) => {
      let mine: Waiter | null = null
      return {
        lock: (signal, askToRelease) =>
          new Promise((resolve, reject) => {
            const settle = () => {
              clearTimeout(timer)
              signal.removeEventListener('abort', giveUp)
            }
            const waiter: Waiter = {
              askToRelease: () => void askToRelease(),
              start: () => {
                settle()
                mine = waiter
                resolve()
              },
            }
            const giveUp = () => {
              settle()
              leave(id, waiter)
              reject(locked)
            }
            const timer = setTimeout(giveUp, patienceMs)
            signal.addEventListener('abort', giveUp, { once: true })
            const queue = queues.get(id) ?? []
            queues.set(id, [...queue, waiter])
            if (queue.length === 0) waiter.start()
            else queue[0]?.askToRelease()
          }),
        unlock: async () => {
          if (mine) leave(id, mine)
          mine = null
        },
      }
    },
  }
}
