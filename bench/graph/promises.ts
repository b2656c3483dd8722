import { atLeast, atMost, type Figure, formatValues, informational, median } from '../figures.ts'
import type { DocumentName } from './documents.ts'
import type { Sample } from './measure.ts'
import type { ServerName } from './servers.ts'

interface RatePromise {
  document: DocumentName
  connections: number[]
  peer: ServerName
  /** Least ratio of the rates. Without it the ratio is only printed. */
  ratio?: number
}

const ratePromises: RatePromise[] = [
  { document: 'nested', connections: [16, 64], peer: 'PostGraphile', ratio: 1.5 },
  { document: 'nested', connections: [1], peer: 'PostGraphile', ratio: 1 },
  { document: 'nested', connections: [1, 16, 64], peer: 'hand-written SQL', ratio: 0.9 },
  { document: 'nested', connections: [16, 64], peer: 'static limit', ratio: 0.6 },
  // One request at a time waits for PostgreSQL, which takes as long as the static limit alone.
  { document: 'nested', connections: [1], peer: 'static limit' },
  { document: 'media', connections: [1, 16, 64], peer: 'PostGraphile', ratio: 1 },
  { document: 'media', connections: [1, 16, 64], peer: 'hand-written SQL' },
  { document: 'media', connections: [1, 16, 64], peer: 'static limit' },
  { document: 'list', connections: [1, 16, 64], peer: 'PostGraphile', ratio: 1 },
  { document: 'list', connections: [1, 16, 64], peer: 'hand-written SQL' },
  { document: 'list', connections: [1, 16, 64], peer: 'static limit' },
]

/**
 * Ratio of two servers in each round. Servers are measured one after the other within a round, so that a machine that is
 * busy for a while slows all of them down.
 */
const ratiosOf = (rounds: readonly Sample[][], select: (round: Sample[]) => [number?, number?]): number[] =>
  rounds.flatMap((round) => {
    const [own, peer] = select(round)
    return own === undefined || peer === undefined ? [] : [own / peer]
  })

const find = (
  round: readonly Sample[],
  server: ServerName,
  document: DocumentName,
  connections: number,
  hasWrites = false,
) =>
  round.find(
    (sample) =>
      sample.server === server &&
      sample.document === document &&
      sample.connections === connections &&
      sample.hasWrites === hasWrites,
  )

const rateFigure = (rounds: readonly Sample[][], promise: RatePromise, connections: number): Figure[] => {
  const { document, peer, ratio } = promise
  const ratios = ratiosOf(rounds, (round) => [
    find(round, 'product', document, connections)?.perSecond,
    find(round, peer, document, connections)?.perSecond,
  ])
  if (ratios.length === 0) return []
  const name = `${document}, ${connections} at once: rate, to ${peer}`
  const note = ` (median of ${formatValues(ratios)})`
  if (ratio === undefined) return [informational(name, `${median(ratios).toFixed(2)} ×${note}`)]
  return [atLeast(name, median(ratios), ratio, ' ×', note)]
}

/**
 * Median duration of the nested query at 64 connections before its reads were compiled to SQL, relative to that of
 * hand-written SQL in the same rounds: durations are not comparable between machines, this ratio is.
 */
const formerMedian = 5

const tailFigure = (rounds: readonly Sample[][]): Figure[] => {
  const ratios = ratiosOf(rounds, (round) => [
    find(round, 'product', 'nested', 64)?.p99Ms,
    find(round, 'hand-written SQL', 'nested', 64)?.p50Ms,
  ])
  if (ratios.length === 0) return []
  const name = 'nested, 64 at once: p99, to the p50 of hand-written SQL'
  return [atMost(name, median(ratios), formerMedian, ' ×', ` (median of ${formatValues(ratios)})`)]
}

/** Least rates with the answer cache, relative to those without it. */
const cachePromises = [
  { hasWrites: false, when: 'while nothing is written', ratio: 8 },
  { hasWrites: true, when: 'during writes', ratio: 0.97 },
]

const cacheFigures = (rounds: readonly Sample[][]): Figure[] =>
  cachePromises.flatMap(({ hasWrites, when, ratio }) => {
    const ratios = ratiosOf(rounds, (round) => [
      find(round, 'product, cached', 'nested', 16, hasWrites)?.perSecond,
      find(round, 'product', 'nested', 16, hasWrites)?.perSecond,
    ])
    if (ratios.length === 0) return []
    const name = `nested, 16 at once: rate with the cache ${when}, to without it`
    return [atLeast(name, median(ratios), ratio, ' ×', ` (median of ${formatValues(ratios)})`)]
  })

export const promiseFigures = (rounds: readonly Sample[][]): Figure[] => [
  ...ratePromises.flatMap((promise) => promise.connections.flatMap((count) => rateFigure(rounds, promise, count))),
  ...tailFigure(rounds),
  ...cacheFigures(rounds),
]
