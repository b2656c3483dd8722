import { h264, tone } from '../harness/oddFiles.ts'
import type { OddFile, OddFileTable } from './row.ts'

/** A recording that ffmpeg makes from options, with the seconds that it plays. */
const plays = (fileName: string, options: string, seconds: number): OddFile => ({
  fileName,
  build: (make) => make(`whole-${fileName}`, options),
  result: seconds,
})

const second = '-f lavfi -i testsrc2=size=160x90:rate=24:duration=1'
const tenChannels = '-f s16le -ar 48000 -ac 10 -t 1 -i /dev/urandom'
const hdr = (tags: string) =>
  [
    '-f lavfi -i testsrc2=size=642x362:rate=24:duration=0.5',
    '-vf scale=out_color_matrix=bt709,format=yuv444p,' +
      'setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709,' +
      'zscale=t=linear:npl=100,format=gbrpf32le,' +
      'zscale=p=bt2020:t=smpte2084:m=bt2020nc:r=tv,format=yuv420p10le',
    `-c:v libx265 -preset ultrafast -x265-params log-level=none:${tags}`,
  ].join(' ')

export const streams: OddFileTable = {
  'a film with ten channels in unknown places': plays('ten.mov', `${second} ${tenChannels} ${h264} -c:a pcm_s16le`, 1),
  'a sound of ten channels in unknown places': plays('ten.wav', tenChannels, 1),
  'a film of high dynamic range with an odd height': plays(
    'hdr.mp4',
    hdr('transfer=smpte2084:colorprim=bt2020:colormatrix=bt2020nc'),
    0.5,
  ),
  'a film of which only the transfer is tagged': plays('transfer.mp4', hdr('transfer=smpte2084'), 0.5),
  'a film whose first sound is a commentary': plays(
    'commentary.mkv',
    `${second} -f lavfi -i sine=frequency=900:duration=1 -f lavfi -i sine=frequency=200:duration=1 -map 0:v -map 1:a ` +
      `-map 2:a ${h264} -c:a flac -disposition:a:0 comment -disposition:a:1 default`,
    1,
  ),
  'a film of one frame': plays('one.mp4', `${second} -frames:v 1 ${h264}`, 0.04),
  'a film of a thousandth of a second': plays(
    'short.mp4',
    `-f lavfi -i testsrc2=size=160x90:rate=1000 -frames:v 1 ${h264}`,
    0.001,
  ),
  'a film of which one frame is shown for hours': plays(
    'hours.mp4',
    `-f lavfi -i testsrc2=size=160x90:rate=1/20000 -frames:v 1 ${h264}`,
    20_000,
  ),
  'an interlaced film': plays(
    'interlaced.mpg',
    '-f lavfi -i testsrc2=size=320x240:rate=50:duration=1 -vf tinterlace=interleave_top,setfield=tff,format=yuv420p ' +
      '-c:v mpeg2video -q:v 2 -flags +ildct+ilme',
    1,
  ),
  'a film of pixels that are no squares': plays('anamorphic.mp4', `${second} -vf setsar=16/9 ${h264}`, 1),
  'a film that is not compressed': plays('raw.avi', `${second} -c:v rawvideo -pix_fmt yuv420p`, 1),
  'a Wave64': plays('recorder.w64', tone, 20),
}
