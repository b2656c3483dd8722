import type { FfmpegBinaries } from './binaries.ts'
import { decoderRestrictions, inputRestrictions, toFileUrl } from './limits.ts'
import type { Pass } from './pass/pass.ts'
import { run } from './pass/run.ts'
import type { Probe } from './probe.ts'

const checkTimeoutMs = 60_000

export interface DecodeResult {
  hasOutput: boolean
  stderr: string
}

interface DecodeOptions {
  demuxer: string | undefined
  signal: AbortSignal | undefined
}

/** Decodes one picture, or a few packets of sound, to test that the decoder produces output. */
export const decodeStart = async (
  binaries: FfmpegBinaries,
  path: string,
  { video, audio }: Probe,
  { demuxer, signal }: DecodeOptions,
): Promise<DecodeResult> => {
  const pass: Pass = {
    inputOptions: ['-v', 'error', ...inputRestrictions, ...decoderRestrictions, ...(demuxer ? ['-f', demuxer] : [])],
    input: toFileUrl(path),
    outputOptions: [
      ...['-map', `0:${video?.index ?? audio?.index ?? 0}`],
      ...(video ? ['-frames:v', '1'] : ['-frames:a', '5']),
      ...['-f', 'framecrc'],
    ],
    output: '-',
    expectedSeconds: null,
    timeoutMs: checkTimeoutMs,
  }
  const { stdout, stderr } = await run(binaries, pass, { signal })
  return { hasOutput: /^0,/m.test(stdout), stderr }
}

/** Whether a decoder of pictures ran out of data: it then fills the rest of the picture with one colour. */
export const missesData = (stderr: string): boolean => /\boverread \d/.test(stderr)
