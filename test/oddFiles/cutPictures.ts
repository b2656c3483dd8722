import { cut } from '../harness/oddFiles.ts'
import type { Make, OddFileTable } from './row.ts'

const picture = '-f lavfi -i testsrc2=size=320x240 -frames:v 1'
const photo = (make: Make) => make('photo.jpg', `${picture} -q:v 3`)
const drawing = (make: Make) => make('drawing.png', picture)
const animation = (make: Make) => make('animation.gif', '-f lavfi -i testsrc2=size=120x80:rate=10:duration=1')
const behind = Buffer.from('behind the end '.repeat(9000))
const motion = Buffer.concat([Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom', 'latin1'), Buffer.alloc(9000, 0xa5)])

export const cutPictures: OddFileTable = {
  'a JPEG without its end mark': {
    fileName: 'a.jpg',
    build: async (make) => (await photo(make)).subarray(0, -2),
    result: null,
  },
  'a JPEG with bytes behind its end': {
    fileName: 'a.jpg',
    build: async (make) => Buffer.concat([await photo(make), behind]),
    result: null,
  },
  'a motion photo': {
    fileName: 'a.jpg',
    build: async (make) => Buffer.concat([await photo(make), motion]),
    result: null,
  },
  'a motion photo without an end mark': {
    fileName: 'a.jpg',
    build: async (make) => Buffer.concat([(await photo(make)).subarray(0, -2), motion]),
    result: null,
  },
  'a JPEG that lacks its last bytes': {
    fileName: 'a.jpg',
    build: async (make) => (await photo(make)).subarray(0, -60),
    result: 'TRUNCATED',
  },
  'half a JPEG': { fileName: 'a.jpg', build: async (make) => cut(await photo(make), 0.5), result: 'TRUNCATED' },
  'a JPEG whose second half is zeros': {
    fileName: 'a.jpg',
    build: async (make) => Buffer.concat([cut(await photo(make), 0.5), Buffer.alloc(9000)]),
    result: 'TRUNCATED',
  },
  'a PNG without its end': {
    fileName: 'a.png',
    build: async (make) => (await drawing(make)).subarray(0, -12),
    result: null,
  },
  'a PNG with bytes behind its end': {
    fileName: 'a.png',
    build: async (make) => Buffer.concat([await drawing(make), behind]),
    result: null,
  },
  'half a PNG': { fileName: 'a.png', build: async (make) => cut(await drawing(make), 0.5), result: 'TRUNCATED' },
  'a GIF without its trailer': {
    fileName: 'a.gif',
    build: async (make) => (await animation(make)).subarray(0, -1),
    result: null,
  },
  'a GIF with bytes behind its trailer': {
    fileName: 'a.gif',
    build: async (make) => Buffer.concat([await animation(make), behind]),
    result: null,
  },
  'half an animated GIF': {
    fileName: 'a.gif',
    build: async (make) => cut(await animation(make), 0.5),
    result: null,
    warning: '^The file ends after 0\\.\\d s; how much is missing is unknown.$',
  },
  'a GIF that ends in its first picture': {
    fileName: 'a.gif',
    build: async (make) => cut(await animation(make), 0.05),
    result: 'TRUNCATED',
  },
  'half an animated PNG': {
    fileName: 'a.png',
    build: async (make) => cut(await make('a.png', '-f lavfi -i testsrc2=size=90x60:rate=10:duration=1 -f apng'), 0.5),
    result: null,
    warning: '^The file ends after 0\\.\\d s; how much is missing is unknown.$',
  },
  'half a BMP': {
    fileName: 'a.bmp',
    build: async (make) => cut(await make('a.bmp', picture), 0.5),
    result: 'TRUNCATED',
  },
}
