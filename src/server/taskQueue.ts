import { setImmediate as nextIteration } from 'node:timers/promises'

export interface TaskQueue {
  /** Runs a task soon, after those that were added before it. */
  add(task: () => void): void
}

/** How long tasks may run before the event loop serves everything else. */
const budgetMs = 2

/**
 * Creates a queue of short tasks that all sockets of a process share. A socket adds its next task after its last one
 * has run, so sockets alternate; and however many there are, other requests wait for one budget at most.
 */
export const createTaskQueue = (): TaskQueue => {
  const tasks: (() => void)[] = []
  let isRunning = false

  const run = async (): Promise<void> => {
    isRunning = true
    await nextIteration()
    let deadline = performance.now() + budgetMs
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
      task()
      await null // lets the promises of the task run, so that the budget includes them
      if (performance.now() < deadline) continue
      await nextIteration()
      deadline = performance.now() + budgetMs
    }
    isRunning = false
  }

  return {
    add(task) {
      tasks.push(task)
      if (!isRunning) void run()
    },
  }
}
