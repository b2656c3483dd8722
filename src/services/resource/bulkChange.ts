/** Time limit of a transaction that writes thousands of links with their log rows: longer than the default. */
const bulkTimeoutMs = 120_000

/** Lane options of a transaction that changes the links of a whole resource. */
export const bulkChange = { activity: 'changes of resources', tree: 'resources', workTimeoutMs: bulkTimeoutMs } as const
