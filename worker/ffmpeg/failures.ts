const serverRemedy =
  'The server retries automatically. If the problem persists, contact the administrator of this server.'

const failureDetails = {
  EMPTY_FILE: {
    message: 'The file is empty.',
    remedy: 'Check the original on your computer and upload it again.',
    retryable: false,
  },
  NOT_MEDIA: {
    message: 'The file is named like a video, sound or picture, but its content is something else.',
    remedy:
      'Check that you chose the right file. If it is a document, give it the correct file name extension and upload it again.',
    retryable: false,
  },
  PLAYLIST: {
    message: 'The file is a playlist: it only refers to recordings that are stored elsewhere.',
    remedy: 'Download the recording itself, for example as MP4, and upload that.',
    retryable: false,
  },
  TRUNCATED: {
    message: 'The file is incomplete: its end is missing.',
    remedy: 'Copy or export the file again, check that it opens and plays to the end, and upload the new copy.',
    retryable: false,
  },
  DAMAGED: {
    message: 'The file is damaged and cannot be decoded.',
    remedy:
      'Check that it opens on your computer. If it does, export it as MP4 (H.264), or a picture as JPEG or PNG, and upload that.',
    retryable: false,
  },
  NO_CONTENT: {
    message: 'The file contains no picture and no sound.',
    remedy: 'Export the recording again and check that it plays before uploading it.',
    retryable: false,
  },
  UNSUPPORTED_CODEC: {
    message: 'The file is in a format that the server cannot read.',
    remedy: 'Export a video as MP4 (H.264), a sound as MP3 or a picture as JPEG or PNG, and upload that.',
    retryable: false,
  },
  ENCRYPTED: {
    message: 'The file is encrypted or copy-protected, so that the server cannot play it.',
    remedy: 'Export the recording without encryption or copy protection, for example as MP4 (H.264), and upload that.',
    retryable: false,
  },
  TOO_LARGE: {
    message: 'The picture or its file is larger, or the recording is longer, than the server can convert.',
    remedy:
      'Reduce a video to at most 8192 × 8192 pixels and 24 hours, or a picture to at most 16,384 × 16,384 pixels (HEIC and BMP: 8192 × 8192; SVG: 16 MiB), and upload it again.',
    retryable: false,
  },
  TOO_MUCH_MEMORY: {
    message: 'Converting the file needs more memory than the server allows.',
    remedy: 'Export the file with a smaller picture, for example 1920 × 1080, and upload that.',
    retryable: false,
  },
  TIMED_OUT: {
    message: 'Converting the file took too long and was stopped.',
    remedy: 'Split the file into shorter parts, or export it with a smaller picture, and upload that.',
    retryable: false,
  },
  STALLED: {
    message: 'The conversion stopped making progress.',
    remedy:
      'The server retries automatically. If the problem persists, export the file as MP4 (H.264) and upload that.',
    retryable: true,
  },
  NO_SPACE: {
    message: 'The server has run out of disk space.',
    remedy: serverRemedy,
    retryable: true,
  },
  KILLED: {
    message: 'The conversion was interrupted by the server, most likely for lack of memory.',
    remedy: serverRemedy,
    retryable: true,
  },
  TOOL_MISSING: {
    message: 'The server cannot start its conversion tool.',
    remedy: serverRemedy,
    retryable: true,
  },
  TOOL_FAILED: {
    message: 'The server can read the file, but could not make this rendition of it.',
    remedy:
      'Use the original, which is unchanged. If you need the rendition, export a video as MP4 (H.264), a sound as MP3 or a picture as JPEG, and upload that as a new version.',
    retryable: false,
  },
} satisfies Record<string, { message: string; remedy: string; retryable: boolean }>

export type ConversionFailureCode = keyof typeof failureDetails
/** Failure in words for the person who uploaded the file; never contains the tool's own output. */
export interface ConversionFailure {
  code: ConversionFailureCode
  message: string
  remedy: string
  retryable: boolean
}

export const createFailure = (code: ConversionFailureCode): ConversionFailure => ({ code, ...failureDetails[code] })

/** Outcome of a process, to find out why it failed. `stderr` is for the log and for recognising the cause. */
export interface ProcessOutcome {
  stderr: string
  exitCode?: number | null
  signal?: string | null
  /** Node's error code if the process could not be started: ENOENT, EAGAIN, … */
  spawnErrorCode?: string
  /** Reason why this worker killed the process. */
  killReason?: 'stalled' | 'deadline'
}

// The order matters: a full disk or a missing index also causes "Invalid argument" or "Invalid data" in later lines.
const stderrPatterns: [RegExp, ConversionFailureCode][] = [
  [/No space left on device|Disk quota exceeded/i, 'NO_SPACE'],
  [
    /Cannot allocate memory|error while loading shared libraries.*memory|Memory allocation|out of memory|failed to allocate/i,
    'TOO_MUCH_MEMORY',
  ],
  [/moov atom not found|partial file|not enough data \(|Truncat(ed|ing)|End of file/i, 'TRUNCATED'],
  [/exceeds max_pixels|Picture size \d+x\d+ is invalid|Invalid image size|video dimensions/i, 'TOO_LARGE'],
  [
    /(Unknown|Unsupported) (decoder|codec)|Decoder .*not found|no decoder found|not currently supported/i,
    'UNSUPPORTED_CODEC',
  ],
  [/encrypt(ed|ion)|DRM protected/i, 'ENCRYPTED'],
  [/not implemented|patch ?welcome|Cannot find a matching stream/i, 'UNSUPPORTED_CODEC'],
  [/Format not on whitelist|Protocol .*not on whitelist/i, 'NOT_MEDIA'],
  [/Output file #?\d* ?.*(is empty|does not contain any stream)|matches no streams/i, 'NO_CONTENT'],
  [/Invalid data found|Error while decoding|corrupt|damaged|Could not find codec parameters/i, 'DAMAGED'],
]

export const toFailure = (outcome: ProcessOutcome): ConversionFailure => {
  if (outcome.killReason === 'stalled') return createFailure('STALLED')
  if (outcome.killReason === 'deadline') return createFailure('TIMED_OUT')
  // EAGAIN and ENOMEM: the machine is temporarily out of processes or memory. All other codes: the binary is missing.
  if (outcome.spawnErrorCode)
    return createFailure(/EAGAIN|ENOMEM/.test(outcome.spawnErrorCode) ? 'KILLED' : 'TOOL_MISSING')
  // Exit codes of a shell that cannot run (126) or cannot find (127) a program.
  if (outcome.exitCode === 126 || outcome.exitCode === 127) return createFailure('TOOL_MISSING')
  if (outcome.signal === 'SIGKILL' || outcome.signal === 'SIGTERM') return createFailure('KILLED')
  const match = stderrPatterns.find(([pattern]) => pattern.test(outcome.stderr))
  return createFailure(match ? match[1] : 'TOOL_FAILED')
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
