import type { FileSignature } from '../fileSignature.ts'
import { pictureDecoders } from '../pictures/decoders.ts'
import { claimsMedia, claimsPlaylist, extensionOf } from './claims.ts'
import { detectTextType, documentTypePattern, legacyOfficeTypes } from './documentTypes.ts'
import { imageDemuxers } from './imageDemuxers.ts'
import { recordingTypes, scoreTypes } from './recordingTypes.ts'
import { accept, acceptUndecoded, createMediaInfo, type ExaminationRoute, reject, settle } from './route.ts'

const playlistStartPattern =
  /^\s*(#EXTM3U|#EXT-X-|ffconcat|\[playlist\]|v=0\r?\n|<asx|<smil|(<\?xml[^>]*>\s*)?<(MPD|SmoothStreamingMedia|playlist|smil))/i

/** Drawings of other software, which are no pictures in the sense of a library. */
const drawingTypes = new Set(['image/vnd.dwg'])

const routeText = (signature: FileSignature): ExaminationRoute => {
  const isPlaylist = playlistStartPattern.test(signature.head)
  if (claimsMedia(signature))
    return settle(reject(isPlaylist ? 'PLAYLIST' : 'NOT_MEDIA', createMediaInfo('OTHER', 'text/plain')))
  if (claimsPlaylist(signature)) return settle(reject('PLAYLIST', createMediaInfo('OTHER', 'text/plain')))
  const mimeType = detectTextType(signature)
  if (mimeType === 'image/svg+xml') return { type: 'picture', mimeType }
  const acceptance = accept('DOCUMENT', mimeType)
  return settle({ ...acceptance, mediaInfo: { ...acceptance.mediaInfo, charset: signature.charset } })
}

const routeImage = (signature: FileSignature, mimeType: string): ExaminationRoute => {
  const demuxer = imageDemuxers[mimeType]
  // ffmpeg cannot read an animated WebP.
  const isAnimatedWebp = mimeType === 'image/webp' && signature.head.slice(12, 64).includes('ANIM')
  if (demuxer && !isAnimatedWebp) return { type: 'image', mimeType, demuxer }
  if (pictureDecoders[mimeType]) return { type: 'picture', mimeType }
  return settle(drawingTypes.has(mimeType) ? accept('OTHER', mimeType) : acceptUndecoded(mimeType))
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
