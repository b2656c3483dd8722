const failureDetails = {
  EMPTY_FILE: {
    message: 'The file is empty.',
    remedy: 'Check the original on your computer and upload it again.',
    retryable: false,
  },
  NOT_MEDIA: {
    message: 'The file is named like a video, sound or picture, but its content is something else.',
    remedy:
      'Check that you chose the right file. If it really is a document, give it its proper ending and upload it again.',
    retryable: false,
  },
  PLAYLIST: {
    message: 'The file is a playlist: it only points to recordings that are stored elsewhere.',
    remedy: 'Download the recording itself, for example as MP4, and upload that.',
    retryable: false,
  },
  TRUNCATED: {
    message: 'The file is incomplete: its end is missing.',
    remedy: 'Copy or export it again, check that it plays to its end, and upload the new copy.',
    retryable: false,
  },
  DAMAGED: {
    message: 'The file is damaged and cannot be played.',
    remedy: 'Check that it plays on your computer. If it does, export it as MP4 (H.264) and upload that.',
    retryable: false,
  },
  NO_CONTENT: {
    message: 'The file holds no picture and no sound.',
    remedy: 'Export the recording again and check that it plays before uploading it.',
    retryable: false,
  },
  UNSUPPORTED_CODEC: {
    message: 'The file is stored in a format that cannot be read here.',
    remedy: 'Export a video as MP4 (H.264), a sound as MP3 and a picture as JPEG or PNG, and upload that.',
    retryable: false,
  },
  TOO_LARGE: {
    message: 'The picture is larger, or the recording longer, than can be handled here.',
    remedy: 'Make it smaller, at most 8192 × 8192 pixels and 24 hours, and upload it again.',
    retryable: false,
  },
  TOO_MUCH_MEMORY: {
    message: 'Converting the file takes more memory than allowed.',
    remedy: 'Export it with a smaller picture, for example 1920 × 1080, and upload that.',
    retryable: false,
  },
  TIMED_OUT: {
    message: 'Converting the file took too long and was given up.',
    remedy: 'Cut it into shorter parts, or export it with a smaller picture, and upload that.',
    retryable: false,
  },
  STALLED: {
    message: 'The conversion stopped making progress.',
    remedy: 'It is tried again by itself. If this stays, export the file as MP4 (H.264) and upload that.',
    retryable: true,
  },
  NO_SPACE: {
    message: 'The server has run out of disk space.',
    remedy: 'It is tried again by itself. If this stays, tell whoever runs the server.',
    retryable: true,
  },
  KILLED: {
    message: 'The conversion was interrupted by the server, most likely for lack of memory.',
    remedy: 'It is tried again by itself. If this stays, tell whoever runs the server.',
    retryable: true,
  },
  TOOL_MISSING: {
    message: 'The server cannot start its conversion tool.',
    remedy: 'It is tried again by itself. If this stays, tell whoever runs the server.',
    retryable: true,
  },
  TOOL_FAILED: {
    message: 'The file could not be converted.',
    remedy: 'Check that it plays on your computer. If it does, export it as MP4 (H.264) and upload that.',
    retryable: false,
  },
} satisfies Record<string, { message: string; remedy: string; retryable: boolean }>

export type ConversionFailureCode = keyof typeof failureDetails
/** In words for the person who uploaded the file; never the tool's own output. */
export type ConversionFailure = { code: ConversionFailureCode; message: string; remedy: string; retryable: boolean }

export const failure = (code: ConversionFailureCode): ConversionFailure => ({ code, ...failureDetails[code] })

/** What is left of a run that did not succeed. `stderr` is for the log and for recognising the cause. */
export type ProcessOutcome = {
  stderr: string
  exitCode?: number | null
  signal?: string | null
  /** Why the process was never there, from Node: ENOENT, EAGAIN, … */
  spawnErrorCode?: string
  /** Why it was ended by us. */
  killReason?: 'stalled' | 'deadline'
}

// Order matters: a full disk and a missing index both end in "Invalid argument" or "Invalid data" later on.
const stderrPatterns: [RegExp, ConversionFailureCode][] = [
  [/No space left on device|Disk quota exceeded/i, 'NO_SPACE'],
  [/Cannot allocate memory|error while loading shared libraries.*memory|Memory allocation/i, 'TOO_MUCH_MEMORY'],
  [/moov atom not found|partial file|Truncat(ed|ing)|End of file/i, 'TRUNCATED'],
  [/exceeds max_pixels|Picture size \d+x\d+ is invalid|Invalid image size|video dimensions/i, 'TOO_LARGE'],
  [
    /(Unknown|Unsupported) (decoder|codec)|Decoder .*not found|no decoder found|not currently supported/i,
    'UNSUPPORTED_CODEC',
  ],
  [/not implemented|patch ?welcome|Cannot find a matching stream|encryption/i, 'UNSUPPORTED_CODEC'],
  [/Format not on whitelist|Protocol .*not on whitelist/i, 'NOT_MEDIA'],
  [/Output file #?\d* ?.*(is empty|does not contain any stream)|matches no streams/i, 'NO_CONTENT'],
  [/Invalid data found|Error while decoding|corrupt|damaged|Could not find codec parameters/i, 'DAMAGED'],
]

export const failureFrom = (outcome: ProcessOutcome): ConversionFailure => {
  if (outcome.killReason === 'stalled') return failure('STALLED')
  if (outcome.killReason === 'deadline') return failure('TIMED_OUT')
  // EAGAIN and ENOMEM: the machine is out of processes or memory at this moment. All others: the binary is gone.
  if (outcome.spawnErrorCode) return failure(/EAGAIN|ENOMEM/.test(outcome.spawnErrorCode) ? 'KILLED' : 'TOOL_MISSING')
  // What a shell answers when it cannot run or cannot find a program.
  if (outcome.exitCode === 126 || outcome.exitCode === 127) return failure('TOOL_MISSING')
  if (outcome.signal === 'SIGKILL' || outcome.signal === 'SIGTERM') return failure('KILLED')
  const match = stderrPatterns.find(([pattern]) => pattern.test(outcome.stderr))
  return failure(match ? match[1] : 'TOOL_FAILED')
}

export class ConversionError extends Error {
  readonly failure: ConversionFailure
  readonly outcome: ProcessOutcome | undefined
  constructor(failure: ConversionFailure, outcome?: ProcessOutcome) {
    super(failure.message)
    this.name = 'ConversionError'
    this.failure = failure
    this.outcome = outcome
  }
}
