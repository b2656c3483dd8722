import { expect, test } from 'vitest'
import { type ConversionFailureCode, type ProcessOutcome, toFailure } from '../../../worker/ffmpeg/failures.ts'

test.each([
  [{ stderr: 'av_interleaved_write_frame(): No space left on device' }, 'NO_SPACE', true],
  [{ stderr: '[mov] moov atom not found\nInvalid data found when processing input' }, 'TRUNCATED', false],
  [{ stderr: 'Error: Cannot allocate memory' }, 'TOO_MUCH_MEMORY', false],
  [{ stderr: '[png] Picture size 60000x60000 is invalid' }, 'TOO_LARGE', false],
  [{ stderr: 'Decoder (codec av1) not found for input stream #0:0' }, 'UNSUPPORTED_CODEC', false],
  [{ stderr: 'Format not on whitelist' }, 'NOT_MEDIA', false],
  [{ stderr: 'Invalid data found when processing input' }, 'DAMAGED', false],
  [{ stderr: '', signal: 'SIGKILL' }, 'KILLED', true],
  [{ stderr: '', signal: 'SIGSEGV' }, 'TOOL_FAILED', false],
  [{ stderr: 'sh: not found', exitCode: 127 }, 'TOOL_MISSING', true],
  [{ stderr: '', spawnErrorCode: 'ENOENT' }, 'TOOL_MISSING', true],
  [{ stderr: '', spawnErrorCode: 'EAGAIN' }, 'KILLED', true],
  [{ stderr: '', signal: 'SIGKILL', killReason: 'stalled' }, 'STALLED', true],
  [{ stderr: '', signal: 'SIGKILL', killReason: 'deadline' }, 'TIMED_OUT', false],
  [{ stderr: 'something never seen before', exitCode: 1 }, 'TOOL_FAILED', false],
] satisfies [ProcessOutcome, ConversionFailureCode, boolean][])(
  'classifies the outcome %o as %s, retryable: %s',
  (outcome, code, retryable) => {
    expect(toFailure(outcome)).toMatchObject({ code, retryable })
  },
)

test('reports a full disk as the cause of all other errors in the output', () => {
  const stderr = 'moov atom not found\nInvalid data found\nNo space left on device'
  expect(toFailure({ stderr, exitCode: 1 })).toMatchObject({ code: 'NO_SPACE' })
})

test('shows no output of the tool to the uploader', () => {
  const { message, remedy } = toFailure({ stderr: '/srv/secret/path: Invalid data found', exitCode: 1 })
  expect(`${message} ${remedy}`).not.toMatch(/secret|Invalid data/)
})
