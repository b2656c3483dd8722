import ffmpeg from 'fluent-ffmpeg'
import type { FfmpegBinaries } from '../binaries.ts'
import type { ProcessOutcome } from '../failures.ts'
import { allowedDemuxers } from '../limits.ts'
import { createSandboxArguments, shellPath } from '../sandbox.ts'
import type { Pass } from './pass.ts'
import { patchSpawn } from './spawnPatch.ts'

const formats = Object.fromEntries(
  [...allowedDemuxers, 'null', 'framecrc', 'rawvideo', 'image2', 'gif', 'webm'].map((name) => [
    name,
    { canDemux: true, canMux: true, description: name },
  ]),
)

export const createCommand = (binaries: FfmpegBinaries, pass: Pass, outcome: ProcessOutcome): ffmpeg.FfmpegCommand => {
  const command = ffmpeg({ stdoutLines: 200 })
    .setFfmpegPath(shellPath)
    .input(pass.input)
    .inputOptions(
      ...createSandboxArguments(binaries.ffmpegPath),
      '-hide_banner',
      '-nostdin',
      '-nostats',
      ...pass.inputOptions,
    )
    .output(pass.output)
    .outputOptions('-y', '-progress', 'pipe:2', ...pass.outputOptions)
  // fluent-ffmpeg would query the tool's capabilities outside the sandbox; `findFfmpegBinaries` has already checked them.
  const noError = null as unknown as Error // as: the types do not allow the null that Node callbacks pass
  command.availableFormats = (callback) => callback(noError, formats)
  command.availableEncoders = (callback) => callback(noError, {})
  return patchSpawn(command, outcome)
}
