import type { MediaKind } from '../../prisma/generated/client/enums.ts'
import type { MediaInfo } from '../../src/services/kernel/mediaInfo.ts'
import { type ConversionFailure, failure, failureFrom } from './failures.ts'
import type { FileSignature } from './fileSignature.ts'
import { maxDurationSeconds, maxPixels } from './limits.ts'
import { type Orientation, swapsDimensions } from './orientation.ts'
import type { Probe } from './probe.ts'

export type ExaminationResult =
  | { ok: true; mediaInfo: MediaInfo }
  | { ok: false; mediaInfo: MediaInfo; failure: ConversionFailure }

/** What to do with a file after a first look: it is settled, or it takes ffprobe to tell. */
export type ExaminationRoute =
  | { type: 'settled'; result: ExaminationResult }
  | { type: 'image'; mimeType: string; demuxer: string }
  /** Shown by browsers, not read by ffmpeg: taken as it is. */
  | { type: 'imageAsIs'; mimeType: string }
  | { type: 'recording'; mimeType: string }
  /** Nothing but the name says so. */
  | { type: 'guess' }

const mediaInfo = (kind: MediaKind, mimeType: string): MediaInfo => ({
  kind,
  mimeType,
  durationSeconds: null,
  width: null,
  height: null,
})
const accept = (kind: MediaKind, mimeType: string): ExaminationResult => ({
  ok: true,
  mediaInfo: mediaInfo(kind, mimeType),
})
const reject = (code: ConversionFailure['code'], info: MediaInfo): ExaminationResult => ({
  ok: false,
  mediaInfo: info,
  failure: failure(code),
})
const settle = (result: ExaminationResult): ExaminationRoute => ({ type: 'settled', result })

const mediaExtensions = new Set(
  (
    'mp4 m4v mov qt mkv webm avi wmv asf flv f4v mpg mpeg mpe m2v vob m2ts 3gp 3g2 ogv mxf dv ' +
    'mp3 m4a m4b aac wav wave flac ogg oga opus wma aif aiff aifc amr ac3 ape caf wv tta au ' +
    'jpg jpeg jpe jfif png apng gif webp bmp tif tiff heic heif avif'
  ).split(' '),
)
const playlistExtensions = new Set('m3u m3u8 pls asx wpl xspf mpd smil smi ffconcat sdp ram'.split(' '))
const playlistStartPattern =
  /^\s*(#EXTM3U|#EXT-X-|ffconcat|\[playlist\]|v=0\r?\n|<asx|<smil|(<\?xml[^>]*>\s*)?<(MPD|SmoothStreamingMedia|playlist|smil))/i
const playlistTypePattern = /mpegurl|scpls|dash\+xml|^application\/sdp$/

const textTypesByExtension: Record<string, string> = {
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

const legacyOfficeTypes: Record<string, string> = {
  doc: 'application/msword',
  dot: 'application/msword',
  xls: 'application/vnd.ms-excel',
  ppt: 'application/vnd.ms-powerpoint',
  pps: 'application/vnd.ms-powerpoint',
}

const documentTypePattern =
  /^(application\/(pdf|rtf|epub\+zip|postscript|x-mobipocket-ebook|vnd\.(openxmlformats-officedocument|oasis\.opendocument|apple\.(keynote|numbers|pages)|visio|ms-(excel|word|powerpoint))\b.*))$/

/** By the demuxer that reads it. Named outright, it is not guessed by anything the file pretends. */
export const imageDemuxers: Record<string, string> = {
  'image/png': 'png_pipe',
  'image/apng': 'apng',
  'image/jpeg': 'jpeg_pipe',
  'image/gif': 'gif',
  'image/webp': 'webp_pipe',
  'image/bmp': 'bmp_pipe',
  'image/tiff': 'tiff_pipe',
}

const recordingTypes = new Set([
  'application/ogg',
  'application/mxf',
  'application/vnd.ms-asf',
  'application/vnd.rn-realmedia',
])
/** Notes and patterns, not recordings: no ffmpeg plays them. */
const scoreTypes = new Set(['audio/midi', 'audio/x-it', 'audio/x-s3m', 'audio/x-xm'])
const heifPattern = /^image\/hei[cf]/

export const extensionOf = (fileName: string) => /\.([a-z0-9]{1,10})$/i.exec(fileName)?.[1]?.toLowerCase() ?? ''

/** Whether name or sender say that it is something to see or hear. */
const claimsMedia = ({ fileName, declaredMimeType }: FileSignature) => {
  const extension = extensionOf(fileName)
  // Browsers call every .ts file video/mp2t, TypeScript too: no claim at all.
  if (extension === 'ts' || extension === 'mts') return false
  if (mediaExtensions.has(extension)) return true
  return /^(video|audio|image)\/(?!svg|midi|vnd\.|x-)/.test(declaredMimeType ?? '')
}

const claimsPlaylist = ({ fileName, declaredMimeType }: FileSignature) =>
  playlistExtensions.has(extensionOf(fileName)) || playlistTypePattern.test(declaredMimeType ?? '')

const detectTextType = (signature: FileSignature) => {
  const start = signature.head.trimStart().slice(0, 2000)
  // What would run in a browser is called by its name, whatever its ending says.
  if (/^(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)*(<!doctype svg[^>]*>\s*)?<svg[\s>]/i.test(start)) return 'image/svg+xml'
  if (/^(<!--[\s\S]*?-->\s*)*<(!doctype html|html|head|body|script)[\s>]/i.test(start)) return 'text/html'
  const typeByName = textTypesByExtension[extensionOf(signature.fileName)]
  // These two come from their content alone.
  if (typeByName && typeByName !== 'image/svg+xml') return typeByName
  return signature.detectedMimeType ?? 'text/plain'
}

const routeText = (signature: FileSignature): ExaminationRoute => {
  const isPlaylist = playlistStartPattern.test(signature.head)
  if (claimsMedia(signature))
    return settle(reject(isPlaylist ? 'PLAYLIST' : 'NOT_MEDIA', mediaInfo('OTHER', 'text/plain')))
  if (claimsPlaylist(signature)) return settle(reject('PLAYLIST', mediaInfo('OTHER', 'text/plain')))
  return settle(accept('DOCUMENT', detectTextType(signature)))
}

const routeImage = (signature: FileSignature, mimeType: string): ExaminationRoute => {
  const demuxer = imageDemuxers[mimeType]
  const isAnimatedWebp = mimeType === 'image/webp' && signature.head.slice(12, 64).includes('ANIM')
  if (mimeType === 'image/avif' || isAnimatedWebp) return { type: 'imageAsIs', mimeType }
  if (demuxer) return { type: 'image', mimeType, demuxer }
  if (heifPattern.test(mimeType)) return settle(reject('UNSUPPORTED_CODEC', mediaInfo('IMAGE', mimeType)))
  return settle(accept('OTHER', mimeType))
}

const routeBinary = (signature: FileSignature, mimeType: string): ExaminationRoute => {
  const office = mimeType === 'application/x-cfb' ? legacyOfficeTypes[extensionOf(signature.fileName)] : undefined
  const type = office ?? mimeType
  if (claimsMedia(signature)) return settle(reject('NOT_MEDIA', mediaInfo('OTHER', type)))
  return settle(accept(office || documentTypePattern.test(type) ? 'DOCUMENT' : 'OTHER', type))
}

export const route = (signature: FileSignature): ExaminationRoute => {
  if (signature.sizeBytes === 0) return settle(reject('EMPTY_FILE', mediaInfo('OTHER', 'application/octet-stream')))
  if (signature.isText) return routeText(signature)
  const { detectedMimeType } = signature
  if (detectedMimeType === null) {
    return claimsMedia(signature) ? { type: 'guess' } : settle(accept('OTHER', 'application/octet-stream'))
  }
  if (scoreTypes.has(detectedMimeType)) return settle(accept('OTHER', detectedMimeType))
  if (detectedMimeType.startsWith('image/')) return routeImage(signature, detectedMimeType)
  if (/^(video|audio)\//.test(detectedMimeType) || recordingTypes.has(detectedMimeType))
    return { type: 'recording', mimeType: detectedMimeType }
  return routeBinary(signature, detectedMimeType)
}

const containerTypes: Record<string, { VIDEO: string; AUDIO: string }> = {
  mov: { VIDEO: 'video/mp4', AUDIO: 'audio/mp4' },
  matroska: { VIDEO: 'video/matroska', AUDIO: 'audio/matroska' },
  ogg: { VIDEO: 'video/ogg', AUDIO: 'audio/ogg' },
  asf: { VIDEO: 'video/x-ms-wmv', AUDIO: 'audio/x-ms-wma' },
  mpegts: { VIDEO: 'video/mp2t', AUDIO: 'audio/mp2t' },
  mpeg: { VIDEO: 'video/mpeg', AUDIO: 'audio/mpeg' },
  mp3: { VIDEO: 'video/mpeg', AUDIO: 'audio/mpeg' },
}

/** The sniffed type where it agrees with what is inside, else the container's. */
const detectRecordingType = (kind: 'VIDEO' | 'AUDIO', container: string, detectedMimeType: string | null) => {
  const family = kind.toLowerCase()
  if (kind === 'AUDIO' && detectedMimeType === 'audio/x-m4a') return 'audio/mp4'
  if (detectedMimeType?.startsWith(`${family}/`) && !detectedMimeType.includes('ms-asf')) return detectedMimeType
  if (detectedMimeType === 'video/webm') return `${family}/webm`
  const name = container.split(',')[0] ?? 'unknown'
  return (
    containerTypes[name]?.[kind] ?? detectedMimeType?.replace(/^(video|audio)\//, `${family}/`) ?? `${family}/x-${name}`
  )
}

/** Before its streams are known. */
export const presumeMediaInfo = (signature: FileSignature, route: ExaminationRoute): MediaInfo => {
  if (route.type === 'settled') return route.result.mediaInfo
  if (route.type === 'image' || route.type === 'imageAsIs') return mediaInfo('IMAGE', route.mimeType)
  if (route.type === 'guess') return mediaInfo('OTHER', 'application/octet-stream')
  return mediaInfo(
    route.mimeType.startsWith('audio/') ? 'AUDIO' : 'VIDEO',
    signature.detectedMimeType ?? route.mimeType,
  )
}

/** A failed probe in the light of what the bytes looked like. */
export const refineFailure = (route: ExaminationRoute, probeFailure: ConversionFailure): ConversionFailure => {
  if (probeFailure.retryable || route.type === 'settled') return probeFailure
  if (route.type === 'guess') return failure('NOT_MEDIA')
  // The container is real, only none of those that may be opened.
  return probeFailure.code === 'NOT_MEDIA' ? failure('UNSUPPORTED_CODEC') : probeFailure
}

export const toMediaInfo = (
  signature: FileSignature,
  route: ExaminationRoute,
  probe: Probe,
  orientation: Orientation = 1,
): MediaInfo => {
  const { video } = probe
  const isSideways = swapsDimensions(orientation)
  const size = {
    width: (isSideways ? video?.height : video?.width) ?? null,
    height: (isSideways ? video?.width : video?.height) ?? null,
  }
  if (route.type === 'image' || route.type === 'imageAsIs') {
    return { ...mediaInfo('IMAGE', route.mimeType), ...size }
  }
  const kind = video ? 'VIDEO' : 'AUDIO'
  const mimeType = detectRecordingType(kind, probe.container, signature.detectedMimeType)
  return { kind, mimeType, durationSeconds: probe.durationSeconds, ...size }
}

const explainNoContent = ({ hasUnreadableStream, warnings }: Probe): ConversionFailure => {
  if (hasUnreadableStream) return failure('UNSUPPORTED_CODEC')
  const cause = failureFrom({ stderr: warnings })
  return cause.code === 'TOO_LARGE' ? cause : failure('NO_CONTENT')
}

/** What speaks against a file as its headers describe it; null where nothing does. */
export const validateProbe = (route: ExaminationRoute, probe: Probe): ConversionFailure | null => {
  // Below this, the demuxer recognised no more than a few chance bytes.
  if (route.type === 'guess' && probe.confidence <= 25) return failure('NOT_MEDIA')
  if (!probe.video && !probe.audio) return explainNoContent(probe)
  if (probe.video && probe.video.width * probe.video.height > maxPixels) return failure('TOO_LARGE')
  if ((probe.durationSeconds ?? 0) > maxDurationSeconds) return failure('TOO_LARGE')
  return null
}
