import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

/** Generates a video of twelve seconds with sound. It starts black, as lectures often do, then shows two test pictures. */
export const makeLecture = async ({ ffmpegPath }: { ffmpegPath: string }, path: string): Promise<string> => {
  await mkdir(dirname(path), { recursive: true })
  const inputs = [
    ['-f', 'lavfi', '-i', 'color=c=black:s=960x540:r=25:d=1'],
    ['-f', 'lavfi', '-i', 'testsrc2=s=960x540:r=25:d=6'],
    ['-f', 'lavfi', '-i', 'smptehdbars=s=960x540:r=25:d=5'],
    ['-f', 'lavfi', '-i', 'sine=frequency=220:beep_factor=4:d=12'],
  ].flat()
  const output = [
    '-map',
    '[video]',
    '-map',
    '3:a',
    '-c:v',
    'libx264',
    '-preset',
    'veryfast',
    '-pix_fmt',
    'yuv420p',
    '-c:a',
    'aac',
  ]
  const filter = ['-filter_complex', '[0:v][1:v][2:v]concat=n=3:v=1[video]']
  await promisify(execFile)(ffmpegPath, ['-v', 'error', '-y', ...inputs, ...filter, ...output, path])
  return path
}
