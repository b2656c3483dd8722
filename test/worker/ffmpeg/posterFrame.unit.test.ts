import { expect, test } from 'vitest'
import { areAllAlike, type Candidate, choosePosterFrame } from '../../../worker/ffmpeg/posterFrame/choice.ts'
import { analysisSize, isInformative, splitFrames } from '../../../worker/ffmpeg/posterFrame/measures.ts'
import { chooseStrategies } from '../../../worker/ffmpeg/posterFrame/sampling.ts'

const pixelCount = analysisSize.width * analysisSize.height
const createPlainFrame = (value: number) => new Uint8Array(pixelCount).fill(value)
const createStripes = (low: number, high: number) =>
  Uint8Array.from({ length: pixelCount }, (_, i) => (i % 2 ? low : high))
const candidateAt = (atSeconds: number, grey: Uint8Array): Candidate => ({
  atSeconds,
  picturePath: `${atSeconds}.jpg`,
  grey,
})

test('a black or plain frame is not informative', () => {
  expect(isInformative(createPlainFrame(0))).toBe(false)
  expect(isInformative(createPlainFrame(16))).toBe(false)
  expect(isInformative(createPlainFrame(255))).toBe(false)
})

test('a picture is informative', () => {
  expect(isInformative(createStripes(60, 180))).toBe(true)
})

test('a white slide with a line of text is informative', () => {
  expect(isInformative(Uint8Array.from({ length: pixelCount }, (_, i) => (i < pixelCount * 0.02 ? 40 : 245)))).toBe(
    true,
  )
})

test('a black, plain or first frame is not chosen', () => {
  const choice = choosePosterFrame([
    candidateAt(0, createStripes(50, 200)),
    candidateAt(1, createPlainFrame(0)),
    candidateAt(2, createStripes(60, 180)),
    candidateAt(3, createPlainFrame(255)),
  ])
  expect(choice).toMatchObject({ informative: true, candidate: { atSeconds: 2 } })
})

test('the frame that is most similar to the others is chosen', () => {
  const typicalFrame = createStripes(100, 140)
  const choice = choosePosterFrame([
    candidateAt(1, createStripes(0, 255)),
    candidateAt(2, typicalFrame),
    candidateAt(3, typicalFrame),
    candidateAt(4, createStripes(10, 60)),
  ])
  expect(choice?.candidate.atSeconds).toBe(2)
})

test('a frame of a black video is chosen', () => {
  expect(choosePosterFrame([candidateAt(0, createPlainFrame(0)), candidateAt(1, createPlainFrame(0))])).toMatchObject({
    informative: false,
    candidate: { atSeconds: 1 },
  })
})

test('the first frame is chosen if it is the only one', () => {
  expect(choosePosterFrame([candidateAt(0, createStripes(50, 200))])?.candidate.atSeconds).toBe(0)
})

test('nothing is chosen without candidates', () => {
  expect(choosePosterFrame([])).toBeNull()
})

test('a long video is sampled at keyframes over its whole length first', () => {
  const [first, second] = chooseStrategies(3600)
  expect(first).toMatchObject({ type: 'keyframes' })
  expect(second).toMatchObject({ type: 'window', durationSeconds: 20 })
  expect(first?.type === 'keyframes' && first.atSeconds.every((point) => point > 0 && point < 3600)).toBe(true)
})

test('a short video is sampled as a whole', () => {
  expect(chooseStrategies(8)).toMatchObject([{ type: 'window', durationSeconds: 8 }])
  expect(chooseStrategies(0)).toMatchObject([{ type: 'window' }])
})

test('an incomplete last frame is dropped', () => {
  expect(splitFrames(new Uint8Array(pixelCount * 2 + 7))).toHaveLength(2)
})

test('candidates are alike if all of them show the same keyframe', () => {
  expect(areAllAlike([candidateAt(1, createPlainFrame(9)), candidateAt(2, createPlainFrame(9))])).toBe(true)
  expect(areAllAlike([candidateAt(1, createPlainFrame(9)), candidateAt(2, createPlainFrame(8))])).toBe(false)
})
