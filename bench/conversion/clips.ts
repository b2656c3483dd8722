import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { clipSeconds, runTool } from './tools.ts'

export interface Clip {
  name: string
  path: string
}

/** Rows of marks on white, like text, that change each second. */
const slides =
  "nullsrc=size=1280x720:rate=1,geq=lum='if(lt(mod(Y,40),22)*between(X,120,1100)*between(Y,100,640)*lt(mod(abs(sin(floor(X/3)*12.9898+floor(Y/4)*78.233+N)*43758.5453),1),0.45),30,235)':cb=128:cr=128,fps=30"
/** A detailed shape that sways before a blurred background, with the noise of a camera. */
const speaker =
  "mandelbrot=size=1280x720:rate=30:start_scale=0.3:end_scale=0.29,gblur=10[wall];mandelbrot=size=400x520:rate=30:start_x=-0.75:start_y=0.1:start_scale=0.05:end_scale=0.049,gblur=1.5,rotate='0.04*sin(2*t)':c=gray[head];[wall][head]overlay=x='440+12*sin(1.7*t)':y='120+7*sin(2.9*t)',noise=alls=5:allf=t"
const zoom = (size: string, rate: number): string =>
  `mandelbrot=size=${size}:rate=${rate}:start_scale=3:end_scale=0.02:end_pts=${rate * 8}`
const darkness =
  "nullsrc=size=1280x720:rate=24,geq=lum='16+24*(0.5+0.5*sin(X/400+T))*(0.5+0.5*cos(Y/300-T/2))':cb=126:cr=130,noise=alls=2:allf=t"

/** Pictures by name, as filters of ffmpeg, and the quality of the file: what a codec cannot keep, no encoder has to. */
const pictures: Record<string, { filter: string; crf: number }> = {
  'slides, 720p30': { filter: slides, crf: 18 },
  'speaker, 720p30': { filter: speaker, crf: 23 },
  'grain, 480p24': { filter: `${zoom('854x480', 24)},noise=alls=16:allf=t`, crf: 23 },
  'fast motion, 1080p60': { filter: `${zoom('1920x1080', 60)},rotate='0.5*t'`, crf: 18 },
  'zoom, 1080p30': { filter: zoom('1920x1080', 30), crf: 18 },
  'dark gradients, 720p24': { filter: darkness, crf: 14 },
  'test pattern, 480p25': { filter: 'testsrc2=size=854x480:rate=25', crf: 18 },
  'small, 160x120p15': { filter: 'testsrc2=size=160x120:rate=15', crf: 23 },
}

const listFiles = async (folder: string | undefined): Promise<Clip[]> => {
  if (!folder) return []
  const names = (await readdir(folder)).filter((name) => /\.(mp4|mkv|mov|webm)$/.test(name))
  return names.map((name) => ({ name, path: join(folder, name) }))
}

/** Makes a clip of each kind of picture, and adds the videos of the folder `BENCH_CLIPS`. */
export const createClips = async (ffmpegPath: string, folder: string): Promise<Clip[]> => {
  const clips: Clip[] = await listFiles(process.env.BENCH_CLIPS)
  for (const [name, { filter, crf }] of Object.entries(pictures)) {
    const path = join(folder, `${clips.length}.mp4`)
    const codec = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', String(crf), '-pix_fmt', 'yuv420p']
    await runTool(ffmpegPath, ['-f', 'lavfi', '-i', filter, '-t', String(clipSeconds), ...codec, path])
    clips.push({ name, path })
  }
  return clips
}
