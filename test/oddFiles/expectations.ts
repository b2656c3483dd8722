import { expect } from 'vitest'
import type { OddFile } from './row.ts'

const expectFacts = ({ result, kind }: OddFile): object => ({
  durationSeconds: typeof result === 'number' ? expect.closeTo(result, result < 1 ? 1 : -0.3) : null,
  ...(kind && { kind }),
})

const expectWarnings = ({ warning }: OddFile): object[] =>
  warning ? [{ message: expect.stringMatching(warning) }] : []

/** Returns what the worker's examination of a file must result in. */
export const expectExamination = (file: OddFile): object =>
  typeof file.result === 'string'
    ? { ok: false, failure: { code: file.result, retryable: false } }
    : { ok: true, mediaInfo: expectFacts(file), warnings: expectWarnings(file) }

/** Returns what a client must see of a file in the end. */
export const expectMedia = (file: OddFile): object =>
  typeof file.result === 'string'
    ? { status: 'FAILED', failure: { code: file.result, retryable: false, remedy: expect.any(String) } }
    : { status: 'READY', failure: null, ...expectFacts(file), warnings: expectWarnings(file) }
