import type { Facts } from '../../src/services/kernel/mediaInfo.ts'
import type { Binaries } from './binaries.ts'
import { describe, objection, presumed, type Route, refine, route, type Verdict } from './classify.ts'
import { ConversionError, type Failure, failure, failureFrom } from './failures.ts'
import { type Look, look } from './fileSignature.ts'
import { decoderRestrictions, fileUrl, restrictions } from './limits.ts'
import { readOrientation } from './orientation.ts'
import { type Probe, probe } from './probe.ts'
import { type Pass, run } from './run.ts'
import { isFileCutOff } from './truncation.ts'

const CHECK_DEADLINE_MS = 60_000
const MEASURE_DEADLINE_MS = 5 * 60_000

const checkPass = (path: string, demuxer: string | undefined, outputOptions: string[]): Pass => ({
  inputOptions: ['-v', 'error', ...restrictions, ...decoderRestrictions, ...(demuxer ? ['-f', demuxer] : [])],
  input: fileUrl(path),
  outputOptions,
  output: '-',
  expectedSeconds: null,
  deadlineMs: CHECK_DEADLINE_MS,
})

/** One picture, or for sound a few packets' worth: whether the decoder makes anything of it. Null where it does. */
const decodeFailure = async (binaries: Binaries, path: string, found: Probe, route: Route, signal?: AbortSignal) => {
  const limit = found.video ? ['-frames:v', '1'] : ['-frames:a', '5']
  const index = found.video?.index ?? found.audio?.index ?? 0
  const demuxer = route.type === 'image' ? route.demuxer : undefined
  const pass = checkPass(path, demuxer, ['-map', `0:${index}`, ...limit, '-f', 'framecrc'])
  const { stdout, stderr } = await run(binaries, pass, { signal })
  if (/^0,/m.test(stdout)) return null
  const cause = failureFrom({ stderr, exitCode: 0 })
  if (cause.code !== 'TOOL_FAILED') return cause
  return failure(route.type === 'image' ? 'DAMAGED' : 'NO_CONTENT')
}

/** Recordings made live carry no length: read through the packets, without decoding any. */
const measure = async (binaries: Binaries, path: string, found: Probe, signal?: AbortSignal) => {
  const index = found.video?.index ?? found.audio?.index ?? 0
  const pass = checkPass(path, undefined, ['-map', `0:${index}`, '-c', 'copy', '-f', 'null'])
  const { outputSeconds } = await run(binaries, { ...pass, deadlineMs: MEASURE_DEADLINE_MS }, { signal })
  return outputSeconds
}

/** Answers with the failure inside a rejected ConversionError; anything that may pass by itself goes on as a throw. */
const permanent = (error: unknown): Failure => {
  if (error instanceof ConversionError && !error.failure.retryable) return error.failure
  throw error
}

const probeRoute = async (binaries: Binaries, path: string, route: Route, signal?: AbortSignal) => {
  const demuxer = route.type === 'image' ? route.demuxer : undefined
  return probe(binaries, path, { demuxer, signal })
}

const examineMedia = async (
  binaries: Binaries,
  path: string,
  seen: Look,
  way: Route,
  signal?: AbortSignal,
): Promise<Verdict & { probe: Probe | null }> => {
  const guessed = presumed(seen, way)
  const refuse = (cause: Failure, known: Facts, found: Probe | null) => ({
    ok: false as const,
    facts: known,
    failure: cause,
    probe: found,
  })
  if (await isFileCutOff(path, guessed.mimeType)) return refuse(failure('TRUNCATED'), guessed, null)
  const found = await probeRoute(binaries, path, way, signal).catch(permanent)
  if ('code' in found) return refuse(refine(way, found), guessed, null)
  const against = objection(way, found)
  if (against) return refuse(against, guessed, found)
  const isImage = way.type === 'image'
  const known = describe(seen, way, found, isImage ? await readOrientation(path, way.mimeType) : 1)
  const broken = await decodeFailure(binaries, path, found, way, signal).catch(permanent)
  if (broken) return refuse(refine(way, broken), known, found)
  if (isImage || known.durationSeconds) return { ok: true, facts: known, probe: found }
  const durationSeconds = await measure(binaries, path, found, signal).catch(permanent)
  if (typeof durationSeconds !== 'number') return { ok: true, facts: known, probe: found }
  return { ok: true, facts: { ...known, durationSeconds }, probe: { ...found, durationSeconds } }
}

/** The canvas of an extended WebP; of AVIF whatever ffprobe can tell. */
const examineAsIs = async (binaries: Binaries, path: string, seen: Look, way: Route, signal?: AbortSignal) => {
  const guessed = presumed(seen, way)
  if (await isFileCutOff(path, guessed.mimeType)) {
    return { ok: false as const, facts: guessed, failure: failure('TRUNCATED'), probe: null }
  }
  if (guessed.mimeType === 'image/webp') {
    const canvas = Buffer.from(seen.head.slice(24, 30), 'latin1')
    const size = { width: canvas.readUIntLE(0, 3) + 1, height: canvas.readUIntLE(3, 3) + 1 }
    return { ok: true as const, facts: { ...guessed, ...size }, probe: null }
  }
  const found = await probeRoute(binaries, path, way, signal).catch(permanent)
  return { ok: true as const, facts: 'code' in found ? guessed : describe(seen, way, found), probe: null }
}

/**
 * Finds out what a file really is. Never rejects for what is in it: an unusable file is an answer.
 * Rejects with a retryable ConversionError for trouble of the machine, and with the signal's reason.
 */
export const examine = async (
  binaries: Binaries,
  path: string,
  hints: { fileName: string; declaredMimeType?: string | null },
  signal?: AbortSignal,
): Promise<Verdict & { probe: Probe | null }> => {
  const seen = await look(path, hints)
  const way = route(seen)
  if (way.type === 'settled') return { ...way.verdict, probe: null }
  if (way.type === 'imageAsIs') return examineAsIs(binaries, path, seen, way, signal)
  return examineMedia(binaries, path, seen, way, signal)
}
