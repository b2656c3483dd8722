import type { MediaKind } from '../../prisma/generated/client/enums.ts'
import type { Facts } from '../../src/services/kernel/mediaInfo.ts'
import { type Failure, failure, failureFrom } from './failures.ts'
import type { Look } from './fileSignature.ts'
import { MAX_DURATION_SECONDS, MAX_PIXELS } from './limits.ts'
import { type Orientation, turnsSideways } from './orientation.ts'
import type { Probe } from './probe.ts'

export type Verdict = { ok: true; facts: Facts } | { ok: false; facts: Facts; failure: Failure }

/** What to do with a file after a first look: it is settled, or it takes ffprobe to tell. */
export type Route =
  | { type: 'settled'; verdict: Verdict }
  | { type: 'image'; mimeType: string; demuxer: string }
  /** Shown by browsers, not read by ffmpeg: taken as it is. */
  | { type: 'imageAsIs'; mimeType: string }
  | { type: 'recording'; mimeType: string }
  /** Nothing but the name says so. */
  | { type: 'guess' }

const facts = (kind: MediaKind, mimeType: string): Facts => ({
  kind,
  mimeType,
  durationSeconds: null,
  width: null,
  height: null,
})
const ready = (kind: MediaKind, mimeType: string): Verdict => ({ ok: true, facts: facts(kind, mimeType) })
const failed = (code: Failure['code'], known: Facts): Verdict => ({ ok: false, facts: known, failure: failure(code) })
const settled = (verdict: Verdict): Route => ({ type: 'settled', verdict })

const MEDIA_EXTENSIONS = new Set(
  (
    'mp4 m4v mov qt mkv webm avi wmv asf flv f4v mpg mpeg mpe m2v vob m2ts 3gp 3g2 ogv mxf dv ' +
    'mp3 m4a m4b aac wav wave flac ogg oga opus wma aif aiff aifc amr ac3 ape caf wv tta au ' +
    'jpg jpeg jpe jfif png apng gif webp bmp tif tiff heic heif avif'
  ).split(' '),
)
const PLAYLIST_EXTENSIONS = new Set('m3u m3u8 pls asx wpl xspf mpd smil smi ffconcat sdp ram'.split(' '))
const PLAYLIST_STARTS =
  /^\s*(#EXTM3U|#EXT-X-|ffconcat|\[playlist\]|v=0\r?\n|<asx|<smil|(<\?xml[^>]*>\s*)?<(MPD|SmoothStreamingMedia|playlist|smil))/i
const PLAYLIST_TYPES = /mpegurl|scpls|dash\+xml|^application\/sdp$/

const TEXT_TYPES: Record<string, string> = {
  md: 'text/markdown',
  markdown: 'text/markdown',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  html: 'text/html',
  htm: 'text/html',
  xhtml: 'application/xhtml+xml',
  xml: 'application/xml',
  json: 'application/json',
  vtt: 'text/vtt',
  srt: 'application/x-subrip',
  ics: 'text/calendar',
  css: 'text/css',
  js: 'text/javascript',
  svg: 'image/svg+xml',
  rtf: 'application/rtf',
  tex: 'application/x-tex',
  yaml: 'application/yaml',
  yml: 'application/yaml',
}

const OLD_OFFICE: Record<string, string> = {
  doc: 'application/msword',
  dot: 'application/msword',
  xls: 'application/vnd.ms-excel',
  ppt: 'application/vnd.ms-powerpoint',
  pps: 'application/vnd.ms-powerpoint',
}

const DOCUMENT_TYPES =
  /^(application\/(pdf|rtf|epub\+zip|postscript|x-mobipocket-ebook|vnd\.(openxmlformats-officedocument|oasis\.opendocument|apple\.(keynote|numbers|pages)|visio|ms-(excel|word|powerpoint))\b.*))$/

/** By the demuxer that reads it. Named outright, it is not guessed by anything the file pretends. */
export const IMAGE_DEMUXERS: Record<string, string> = {
  'image/png': 'png_pipe',
  'image/apng': 'apng',
  'image/jpeg': 'jpeg_pipe',
  'image/gif': 'gif',
  'image/webp': 'webp_pipe',
  'image/bmp': 'bmp_pipe',
  'image/tiff': 'tiff_pipe',
}

const RECORDING_TYPES = new Set([
  'application/ogg',
  'application/mxf',
  'application/vnd.ms-asf',
  'application/vnd.rn-realmedia',
])
/** Notes and patterns, not recordings: no ffmpeg plays them. */
const SCORES = new Set(['audio/midi', 'audio/x-it', 'audio/x-s3m', 'audio/x-xm'])
const HEIF = /^image\/hei[cf]/

export const extensionOf = (fileName: string) => /\.([a-z0-9]{1,10})$/i.exec(fileName)?.[1]?.toLowerCase() ?? ''

/** Whether name or sender say that it is something to see or hear. */
const claimsMedia = ({ fileName, declaredMimeType }: Look) => {
  const extension = extensionOf(fileName)
  // Browsers call every .ts file video/mp2t, TypeScript too: no claim at all.
  if (extension === 'ts' || extension === 'mts') return false
  if (MEDIA_EXTENSIONS.has(extension)) return true
  return /^(video|audio|image)\/(?!svg|midi|vnd\.|x-)/.test(declaredMimeType ?? '')
}

const claimsPlaylist = ({ fileName, declaredMimeType }: Look) =>
  PLAYLIST_EXTENSIONS.has(extensionOf(fileName)) || PLAYLIST_TYPES.test(declaredMimeType ?? '')

const textType = (look: Look) => {
  const start = look.head.trimStart().slice(0, 2000)
  // What would run in a browser is called by its name, whatever its ending says.
  if (/^(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)*(<!doctype svg[^>]*>\s*)?<svg[\s>]/i.test(start)) return 'image/svg+xml'
  if (/^(<!--[\s\S]*?-->\s*)*<(!doctype html|html|head|body|script)[\s>]/i.test(start)) return 'text/html'
  const byName = TEXT_TYPES[extensionOf(look.fileName)]
  // These two come from their content alone.
  if (byName && byName !== 'image/svg+xml') return byName
  return look.sniffed ?? 'text/plain'
}

const routeText = (look: Look): Route => {
  const isPlaylist = PLAYLIST_STARTS.test(look.head)
  if (claimsMedia(look)) return settled(failed(isPlaylist ? 'PLAYLIST' : 'NOT_MEDIA', facts('OTHER', 'text/plain')))
  if (claimsPlaylist(look)) return settled(failed('PLAYLIST', facts('OTHER', 'text/plain')))
  return settled(ready('DOCUMENT', textType(look)))
}

const routeImage = (look: Look, mimeType: string): Route => {
  const demuxer = IMAGE_DEMUXERS[mimeType]
  const isAnimatedWebp = mimeType === 'image/webp' && look.head.slice(12, 64).includes('ANIM')
  if (mimeType === 'image/avif' || isAnimatedWebp) return { type: 'imageAsIs', mimeType }
  if (demuxer) return { type: 'image', mimeType, demuxer }
  if (HEIF.test(mimeType)) return settled(failed('UNSUPPORTED_CODEC', facts('IMAGE', mimeType)))
  return settled(ready('OTHER', mimeType))
}

const routeBinary = (look: Look, mimeType: string): Route => {
  const office = mimeType === 'application/x-cfb' ? OLD_OFFICE[extensionOf(look.fileName)] : undefined
  const type = office ?? mimeType
  if (claimsMedia(look)) return settled(failed('NOT_MEDIA', facts('OTHER', type)))
  return settled(ready(office || DOCUMENT_TYPES.test(type) ? 'DOCUMENT' : 'OTHER', type))
}

export const route = (look: Look): Route => {
  if (look.sizeBytes === 0) return settled(failed('EMPTY_FILE', facts('OTHER', 'application/octet-stream')))
  if (look.isText) return routeText(look)
  const { sniffed } = look
  if (sniffed === null) {
    return claimsMedia(look) ? { type: 'guess' } : settled(ready('OTHER', 'application/octet-stream'))
  }
  if (SCORES.has(sniffed)) return settled(ready('OTHER', sniffed))
  if (sniffed.startsWith('image/')) return routeImage(look, sniffed)
  if (/^(video|audio)\//.test(sniffed) || RECORDING_TYPES.has(sniffed)) return { type: 'recording', mimeType: sniffed }
  return routeBinary(look, sniffed)
}

const CONTAINER_TYPES: Record<string, { VIDEO: string; AUDIO: string }> = {
  mov: { VIDEO: 'video/mp4', AUDIO: 'audio/mp4' },
  matroska: { VIDEO: 'video/matroska', AUDIO: 'audio/matroska' },
  ogg: { VIDEO: 'video/ogg', AUDIO: 'audio/ogg' },
  asf: { VIDEO: 'video/x-ms-wmv', AUDIO: 'audio/x-ms-wma' },
  mpegts: { VIDEO: 'video/mp2t', AUDIO: 'audio/mp2t' },
  mpeg: { VIDEO: 'video/mpeg', AUDIO: 'audio/mpeg' },
  mp3: { VIDEO: 'video/mpeg', AUDIO: 'audio/mpeg' },
}

/** The sniffed type where it agrees with what is inside, else the container's. */
const recordingType = (kind: 'VIDEO' | 'AUDIO', container: string, sniffed: string | null) => {
  const family = kind.toLowerCase()
  if (kind === 'AUDIO' && sniffed === 'audio/x-m4a') return 'audio/mp4'
  if (sniffed?.startsWith(`${family}/`) && !sniffed.includes('ms-asf')) return sniffed
  if (sniffed === 'video/webm') return `${family}/webm`
  const name = container.split(',')[0] ?? 'unknown'
  return CONTAINER_TYPES[name]?.[kind] ?? sniffed?.replace(/^(video|audio)\//, `${family}/`) ?? `${family}/x-${name}`
}

/** Before its streams are known. */
export const presumed = (look: Look, route: Route): Facts => {
  if (route.type === 'settled') return route.verdict.facts
  if (route.type === 'image' || route.type === 'imageAsIs') return facts('IMAGE', route.mimeType)
  if (route.type === 'guess') return facts('OTHER', 'application/octet-stream')
  return facts(route.mimeType.startsWith('audio/') ? 'AUDIO' : 'VIDEO', look.sniffed ?? route.mimeType)
}

/** A failed probe in the light of what the bytes looked like. */
export const refine = (route: Route, found: Failure): Failure => {
  if (found.retryable || route.type === 'settled') return found
  if (route.type === 'guess') return failure('NOT_MEDIA')
  // The container is real, only none of those that may be opened.
  return found.code === 'NOT_MEDIA' ? failure('UNSUPPORTED_CODEC') : found
}

export const describe = (look: Look, route: Route, probe: Probe, orientation: Orientation = 1): Facts => {
  const { video } = probe
  const sideways = turnsSideways(orientation)
  const size = {
    width: (sideways ? video?.height : video?.width) ?? null,
    height: (sideways ? video?.width : video?.height) ?? null,
  }
  if (route.type === 'image' || route.type === 'imageAsIs') {
    return { ...facts('IMAGE', route.mimeType), ...size }
  }
  const kind = video ? 'VIDEO' : 'AUDIO'
  const mimeType = recordingType(kind, probe.container, look.sniffed)
  return { kind, mimeType, durationSeconds: probe.durationSeconds, ...size }
}

const nothingIn = ({ unreadable, complaints }: Probe): Failure => {
  if (unreadable) return failure('UNSUPPORTED_CODEC')
  const cause = failureFrom({ stderr: complaints })
  return cause.code === 'TOO_LARGE' ? cause : failure('NO_CONTENT')
}

/** What speaks against a file as its headers describe it; null where nothing does. */
export const objection = (route: Route, probe: Probe): Failure | null => {
  // Below this, the demuxer recognised no more than a few chance bytes.
  if (route.type === 'guess' && probe.confidence <= 25) return failure('NOT_MEDIA')
  if (!probe.video && !probe.audio) return nothingIn(probe)
  if (probe.video && probe.video.width * probe.video.height > MAX_PIXELS) return failure('TOO_LARGE')
  if ((probe.durationSeconds ?? 0) > MAX_DURATION_SECONDS) return failure('TOO_LARGE')
  return null
}
