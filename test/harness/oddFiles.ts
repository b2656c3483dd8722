import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Options of ffmpeg for twenty seconds of a film and of a tone. */
export const film = '-f lavfi -i testsrc2=size=160x90:rate=10:duration=20'
export const tone = '-f lavfi -i sine=frequency=440:duration=20'
export const h264 = '-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 10'

export interface OddFiles {
  /** Makes a file with ffmpeg from options that contain no spaces, and returns its bytes; each once. */
  make(fileName: string, options: string): Promise<Buffer>
  pathOf(fileName: string): string
}

export const createOddFiles = (ffmpegPath: string, folder: string): OddFiles => {
  const files = new Map<string, Promise<Buffer>>()
  const pathOf = (fileName: string) => join(folder, fileName)
  const build = async (fileName: string, options: string) => {
    await execute(ffmpegPath, ['-v', 'error', '-nostdin', '-y', ...options.split(' '), pathOf(fileName)])
    return readFile(pathOf(fileName))
  }
  return {
    pathOf,
    make(fileName, options) {
      const key = `${options} ${fileName}`
      const file = files.get(key) ?? build(fileName, options)
      files.set(key, file)
      return file
    },
  }
}

export const cut = (bytes: Buffer, share: number): Buffer => bytes.subarray(0, Math.floor(bytes.length * share))

/** Writes another size into the chunk of samples of a WAV, and the matching one into its RIFF header. */
export const setWavSize = (wav: Buffer, sizeBytes: number): Buffer => {
  const copy = Buffer.from(wav)
  copy.writeUInt32LE(sizeBytes === 0 ? 0 : Math.min(0xffffffff, sizeBytes + 36), 4)
  copy.writeUInt32LE(sizeBytes, copy.indexOf('data') + 4)
  return copy
}
