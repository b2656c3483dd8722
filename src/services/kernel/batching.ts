/**
 * Joins calls into batches: a call starts a batch at once, and those that come while a batch runs share the next one.
 * So calls do not wait for others while there are few, and cost little while there are many. If `run` rejects, all calls
 * of the batch reject. It returns the results in the order of the items. With `leave`, a call that has waited for its batch
 * for so long gets that result instead, and is in no batch.
 */
export const createBatches = <Item, Result>(
  run: (items: Item[]) => Promise<Result[]>,
  { maxItems = 500, leave }: { maxItems?: number; leave?: { afterMs: number; result: Result } } = {},
): ((item: Item) => Promise<Result>) => {
  interface Call {
    item: Item
    resolve(result: Result): void
    reject(error: unknown): void
    timer?: NodeJS.Timeout
  }
  let waiting: Call[] = []
  let isRunning = false

  const runOne = async (calls: Call[]): Promise<void> => {
    try {
      const results = await run(calls.map(({ item }) => item))
      for (const [index, { resolve }] of calls.entries()) resolve(results[index] as Result) // as: one result per item
    } catch (error) {
      for (const { reject } of calls) reject(error)
    }
  }

  const runAll = async (): Promise<void> => {
    isRunning = true
    await Promise.resolve() // calls of the same moment join the first batch
    while (waiting.length > 0) {
      const calls = waiting.slice(0, maxItems)
      waiting = waiting.slice(maxItems)
      for (const { timer } of calls) clearTimeout(timer)
      await runOne(calls)
    }
    isRunning = false
  }

  return (item) =>
    new Promise((resolve, reject) => {
      const call: Call = { item, resolve, reject }
      waiting.push(call)
      if (leave !== undefined)
        call.timer = setTimeout(() => {
          waiting = waiting.filter((other) => other !== call)
          resolve(leave.result)
        }, leave.afterMs)
      if (!isRunning) void runAll()
    })
}
