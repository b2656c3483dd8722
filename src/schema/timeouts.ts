/** Times of root fields whose work takes longer than that of other queries or mutations. */
export const timeouts = {
  /** Sums over the whole library. */
  figures: { timeoutMs: 60_000 },
  /** A count in the log, after its wait for other counts. */
  counts: { timeoutMs: 100_000 },
  /** Reads the whole log. */
  verification: { timeoutMs: 30 * 60_000 },
  /** Changes tens of thousands of rows in one transaction, after its wait for locks. */
  bulk: { timeoutMs: 160_000 },
  /** Undoes one assignment, after its wait for locks: longer than that of other changes, since its time is limited. */
  undo: { timeoutMs: 160_000 },
  /** Undoes a batch, after the same wait. */
  batchUndo: { timeoutMs: 250_000 },
  /** Deletes a media with up to a million rows, after its wait for locks. */
  purge: { timeoutMs: 640_000 },
} as const
