import { expect, test } from 'vitest'
import {
  analysisSize,
  areAllAlike,
  type Candidate,
  choosePosterFrame,
  chooseStrategies,
  isInformative,
  splitFrames,
} from '../../../worker/ffmpeg/posterFrame.ts'

const PIXELS = analysisSize.width * analysisSize.height
const plainFrame = (value: number) => new Uint8Array(PIXELS).fill(value)
const stripes = (low: number, high: number) => Uint8Array.from({ length: PIXELS }, (_, i) => (i % 2 ? low : high))
const candidateAt = (atSeconds: number, grey: Uint8Array): Candidate => ({
  atSeconds,
  picturePath: `${atSeconds}.jpg`,
  grey,
})

test('black and plain frames tell nothing, pictures and slides do', () => {
  expect(isInformative(plainFrame(0))).toBe(false)
  expect(isInformative(plainFrame(16))).toBe(false)
  expect(isInformative(plainFrame(255))).toBe(false)
  expect(isInformative(stripes(60, 180))).toBe(true)
  // A white slide with a line of text.
  expect(isInformative(Uint8Array.from({ length: PIXELS }, (_, i) => (i < PIXELS * 0.02 ? 40 : 245)))).toBe(true)
})

test('black, plain and first frames are passed over', () => {
  const choice = choosePosterFrame([
    candidateAt(0, stripes(50, 200)),
    candidateAt(1, plainFrame(0)),
    candidateAt(2, stripes(60, 180)),
    candidateAt(3, plainFrame(255)),
  ])
  expect(choice).toMatchObject({ informative: true, candidate: { atSeconds: 2 } })
})

test('the frame most like the others stands for them', () => {
  const typicalFrame = stripes(100, 140)
  const choice = choosePosterFrame([
    candidateAt(1, stripes(0, 255)),
    candidateAt(2, typicalFrame),
    candidateAt(3, typicalFrame),
    candidateAt(4, stripes(10, 60)),
  ])
  expect(choice?.candidate.atSeconds).toBe(2)
})

test('a black video still has a picture, and the only frame is taken although it is the first', () => {
  expect(choosePosterFrame([candidateAt(0, plainFrame(0)), candidateAt(1, plainFrame(0))])).toMatchObject({
    informative: false,
    candidate: { atSeconds: 1 },
  })
  expect(choosePosterFrame([candidateAt(0, stripes(50, 200))])?.candidate.atSeconds).toBe(0)
  expect(choosePosterFrame([])).toBeNull()
})

test('a long video is looked at by keyframes from one end to the other, a short one as a whole', () => {
  const [first, second] = chooseStrategies(3600)
  expect(first).toMatchObject({ type: 'keyframes' })
  expect(second).toMatchObject({ type: 'window', durationSeconds: 20 })
  expect(first?.type === 'keyframes' && first.atSeconds.every((point) => point > 0 && point < 3600)).toBe(true)
  expect(chooseStrategies(8)).toMatchObject([{ type: 'window', durationSeconds: 8 }])
  expect(chooseStrategies(0)).toMatchObject([{ type: 'window' }])
})

test('frames are cut out of what the tool wrote, an unfinished one is left', () => {
  expect(splitFrames(new Uint8Array(PIXELS * 2 + 7))).toHaveLength(2)
})

test('candidates that all show one keyframe are recognised', () => {
  expect(areAllAlike([candidateAt(1, plainFrame(9)), candidateAt(2, plainFrame(9))])).toBe(true)
  expect(areAllAlike([candidateAt(1, plainFrame(9)), candidateAt(2, plainFrame(8))])).toBe(false)
})
