import type { MediaKind } from '../../prisma/generated/client/enums.ts'
import type { MediaInfo } from '../../src/services/kernel/mediaInfo.ts'
import { type ConversionFailure, createFailure, toFailure } from './failures.ts'
import type { FileSignature } from './fileSignature.ts'
import { maxDurationSeconds, maxPixels } from './limits.ts'
import { type Orientation, swapsDimensions } from './orientation.ts'
import type { Probe } from './probe.ts'

export type ExaminationResult =
  | { ok: true; mediaInfo: MediaInfo }
  | { ok: false; mediaInfo: MediaInfo; failure: ConversionFailure }

/** Route of a file after its first bytes were read: the result is known, or ffprobe has to examine it. */
export type ExaminationRoute =
  | { type: 'settled'; result: ExaminationResult }
  | { type: 'image'; mimeType: string; demuxer: string }
  /** A picture that browsers show but ffmpeg cannot read: accepted without decoding. */
  | { type: 'imageAsIs'; mimeType: string }
  | { type: 'recording'; mimeType: string }
  /** Only the name or the sender claims that the file is media. */
  | { type: 'guess' }

const createMediaInfo = (kind: MediaKind, mimeType: string): MediaInfo => ({
  kind,
  mimeType,
  durationSeconds: null,
  width: null,
  height: null,
})
const accept = (kind: MediaKind, mimeType: string): ExaminationResult => ({
  ok: true,
  mediaInfo: createMediaInfo(kind, mimeType),
})
const reject = (code: ConversionFailure['code'], info: MediaInfo): ExaminationResult => ({
  ok: false,
  mediaInfo: info,
  failure: createFailure(code),
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

/** Demuxer of each picture type. It is passed explicitly, so that the content of the file cannot select another. */
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
/** Types that contain notes or patterns instead of a recording; ffmpeg cannot play them. */
const scoreTypes = new Set(['audio/midi', 'audio/x-it', 'audio/x-s3m', 'audio/x-xm'])
const heifPattern = /^image\/hei[cf]/

const extensionOf = (fileName: string): string => /\.([a-z0-9]{1,10})$/i.exec(fileName)?.[1]?.toLowerCase() ?? ''

/** True if the name or the sender claims that the file is a video, sound or picture. */
const claimsMedia = ({ fileName, declaredMimeType }: FileSignature): boolean => {
  const extension = extensionOf(fileName)
  // Browsers declare every .ts file as video/mp2t, TypeScript sources too, so the extension claims nothing.
  if (extension === 'ts' || extension === 'mts') return false
  if (mediaExtensions.has(extension)) return true
  return /^(video|audio|image)\/(?!svg|midi|vnd\.|x-)/.test(declaredMimeType ?? '')
}

const claimsPlaylist = ({ fileName, declaredMimeType }: FileSignature): boolean =>
  playlistExtensions.has(extensionOf(fileName)) || playlistTypePattern.test(declaredMimeType ?? '')

const detectTextType = (signature: FileSignature): string => {
  const start = signature.head.trimStart().slice(0, 2000)
  // Content that a browser would execute gets its real type, regardless of its extension.
  if (/^(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)*(<!doctype svg[^>]*>\s*)?<svg[\s>]/i.test(start)) return 'image/svg+xml'
  if (/^(<!--[\s\S]*?-->\s*)*<(!doctype html|html|head|body|script)[\s>]/i.test(start)) return 'text/html'
  const typeByName = textTypesByExtension[extensionOf(signature.fileName)]
  // SVG is only recognised by its content, not by its name.
  if (typeByName && typeByName !== 'image/svg+xml') return typeByName
  return signature.detectedMimeType ?? 'text/plain'
}

const routeText = (signature: FileSignature): ExaminationRoute => {
  const isPlaylist = playlistStartPattern.test(signature.head)
  if (claimsMedia(signature))
    return settle(reject(isPlaylist ? 'PLAYLIST' : 'NOT_MEDIA', createMediaInfo('OTHER', 'text/plain')))
  if (claimsPlaylist(signature)) return settle(reject('PLAYLIST', createMediaInfo('OTHER', 'text/plain')))
  return settle(accept('DOCUMENT', detectTextType(signature)))
}

const routeImage = (signature: FileSignature, mimeType: string): ExaminationRoute => {
  const demuxer = imageDemuxers[mimeType]
  const isAnimatedWebp = mimeType === 'image/webp' && signature.head.slice(12, 64).includes('ANIM')
  if (mimeType === 'image/avif' || isAnimatedWebp) return { type: 'imageAsIs', mimeType }
  if (demuxer) return { type: 'image', mimeType, demuxer }
  if (heifPattern.test(mimeType)) return settle(reject('UNSUPPORTED_CODEC', createMediaInfo('IMAGE', mimeType)))
  return settle(accept('OTHER', mimeType))
}

const routeBinary = (signature: FileSignature, mimeType: string): ExaminationRoute => {
  const office = mimeType === 'application/x-cfb' ? legacyOfficeTypes[extensionOf(signature.fileName)] : undefined
  const type = office ?? mimeType
  if (claimsMedia(signature)) return settle(reject('NOT_MEDIA', createMediaInfo('OTHER', type)))
  return settle(accept(office || documentTypePattern.test(type) ? 'DOCUMENT' : 'OTHER', type))
}

export const chooseRoute = (signature: FileSignature): ExaminationRoute => {
  if (signature.sizeBytes === 0)
    return settle(reject('EMPTY_FILE', createMediaInfo('OTHER', 'application/octet-stream')))
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

/** Returns the type detected from the bytes if it matches the streams, else the type of the container. */
const detectRecordingType = (kind: 'VIDEO' | 'AUDIO', container: string, detectedMimeType: string | null): string => {
  const family = kind.toLowerCase()
  if (kind === 'AUDIO' && detectedMimeType === 'audio/x-m4a') return 'audio/mp4'
  if (detectedMimeType?.startsWith(`${family}/`) && !detectedMimeType.includes('ms-asf')) return detectedMimeType
  if (detectedMimeType === 'video/webm') return `${family}/webm`
  const name = container.split(',')[0] ?? 'unknown'
  return (
    containerTypes[name]?.[kind] ?? detectedMimeType?.replace(/^(video|audio)\//, `${family}/`) ?? `${family}/x-${name}`
  )
}

/** Returns the media info as far as it is known before the streams are probed. */
export const presumeMediaInfo = (signature: FileSignature, route: ExaminationRoute): MediaInfo => {
  if (route.type === 'settled') return route.result.mediaInfo
  if (route.type === 'image' || route.type === 'imageAsIs') return createMediaInfo('IMAGE', route.mimeType)
  if (route.type === 'guess') return createMediaInfo('OTHER', 'application/octet-stream')
  return createMediaInfo(
    route.mimeType.startsWith('audio/') ? 'AUDIO' : 'VIDEO',
    signature.detectedMimeType ?? route.mimeType,
  )
}

/** Replaces the failure of a probe or decoding by a more precise one, based on what the first bytes looked like. */
export const refineFailure = (route: ExaminationRoute, probeFailure: ConversionFailure): ConversionFailure => {
  if (probeFailure.retryable || route.type === 'settled') return probeFailure
  if (route.type === 'guess') return createFailure('NOT_MEDIA')
  // The container was recognised, but is not one of the allowed ones.
  return probeFailure.code === 'NOT_MEDIA' ? createFailure('UNSUPPORTED_CODEC') : probeFailure
}

export const toMediaInfo = (
  signature: FileSignature,
  route: ExaminationRoute,
  probe: Probe,
  orientation: Orientation,
): MediaInfo => {
  const { video } = probe
  const isSideways = swapsDimensions(orientation)
  const size = {
    width: (isSideways ? video?.height : video?.width) ?? null,
    height: (isSideways ? video?.width : video?.height) ?? null,
  }
  if (route.type === 'image' || route.type === 'imageAsIs') {
    return { ...createMediaInfo('IMAGE', route.mimeType), ...size }
  }
  const kind = video ? 'VIDEO' : 'AUDIO'
  const mimeType = detectRecordingType(kind, probe.container, signature.detectedMimeType)
  return { kind, mimeType, durationSeconds: probe.durationSeconds, ...size }
}

const explainNoContent = ({ hasUnreadableStream, warnings }: Probe): ConversionFailure => {
  if (hasUnreadableStream) return createFailure('UNSUPPORTED_CODEC')
  const cause = toFailure({ stderr: warnings })
  return cause.code === 'TOO_LARGE' ? cause : createFailure('NO_CONTENT')
}

const maxRandomConfidence = 25

/** Returns the reason to refuse a file according to its headers; null if it is acceptable. */
export const validateProbe = (route: ExaminationRoute, probe: Probe): ConversionFailure | null => {
  // Up to this confidence, the demuxer recognised only a few random bytes.
  if (route.type === 'guess' && probe.confidence <= maxRandomConfidence) return createFailure('NOT_MEDIA')
  if (!probe.video && !probe.audio) return explainNoContent(probe)
  if (probe.video && probe.video.width * probe.video.height > maxPixels) return createFailure('TOO_LARGE')
  if ((probe.durationSeconds ?? 0) > maxDurationSeconds) return createFailure('TOO_LARGE')
  return null
}
