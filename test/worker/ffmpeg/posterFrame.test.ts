import { expect, test } from 'vitest'
import {
  areAllAlike,
  type Candidate,
  choose,
  framesOf,
  isTelling,
  JUDGED,
  lookings,
} from '../../../worker/ffmpeg/posterFrame.ts'

const PIXELS = JUDGED.width * JUDGED.height
const flat = (value: number) => new Uint8Array(PIXELS).fill(value)
const stripes = (low: number, high: number) => Uint8Array.from({ length: PIXELS }, (_, i) => (i % 2 ? low : high))
const at = (atSeconds: number, grey: Uint8Array): Candidate => ({ atSeconds, picturePath: `${atSeconds}.jpg`, grey })

test('black and plain frames tell nothing, pictures and slides do', () => {
  expect(isTelling(flat(0))).toBe(false)
  expect(isTelling(flat(16))).toBe(false)
  expect(isTelling(flat(255))).toBe(false)
  expect(isTelling(stripes(60, 180))).toBe(true)
  // A white slide with a line of text.
  expect(isTelling(Uint8Array.from({ length: PIXELS }, (_, i) => (i < PIXELS * 0.02 ? 40 : 245)))).toBe(true)
})

test('black, plain and first frames are passed over', () => {
  const chosen = choose([at(0, stripes(50, 200)), at(1, flat(0)), at(2, stripes(60, 180)), at(3, flat(255))])
  expect(chosen).toMatchObject({ telling: true, candidate: { atSeconds: 2 } })
})

test('the frame most like the others stands for them', () => {
  const usual = stripes(100, 140)
  const chosen = choose([at(1, stripes(0, 255)), at(2, usual), at(3, usual), at(4, stripes(10, 60))])
  expect(chosen?.candidate.atSeconds).toBe(2)
})

test('a black video still has a picture, and the only frame is taken although it is the first', () => {
  expect(choose([at(0, flat(0)), at(1, flat(0))])).toMatchObject({ telling: false, candidate: { atSeconds: 1 } })
  expect(choose([at(0, stripes(50, 200))])?.candidate.atSeconds).toBe(0)
  expect(choose([])).toBeNull()
})

test('a long video is looked at by keyframes from one end to the other, a short one as a whole', () => {
  const [first, second] = lookings(3600)
  expect(first).toMatchObject({ type: 'keyframes' })
  expect(second).toMatchObject({ type: 'window', durationSeconds: 20 })
  expect(first?.type === 'keyframes' && first.atSeconds.every((point) => point > 0 && point < 3600)).toBe(true)
  expect(lookings(8)).toMatchObject([{ type: 'window', durationSeconds: 8 }])
  expect(lookings(0)).toMatchObject([{ type: 'window' }])
})

test('frames are cut out of what the tool wrote, an unfinished one is left', () => {
  expect(framesOf(new Uint8Array(PIXELS * 2 + 7))).toHaveLength(2)
})

test('candidates that all show one keyframe are recognised', () => {
  expect(areAllAlike([at(1, flat(9)), at(2, flat(9))])).toBe(true)
  expect(areAllAlike([at(1, flat(9)), at(2, flat(8))])).toBe(false)
})
