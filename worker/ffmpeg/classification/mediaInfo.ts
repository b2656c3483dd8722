import type { MediaInfo } from '../../../src/services/kernel/mediaInfo.ts'
import type { FileSignature } from '../fileSignature.ts'
import { type Orientation, swapsDimensions } from '../orientation.ts'
import type { Probe } from '../probe.ts'
import { detectRecordingType } from './recordingTypes.ts'
import { createMediaInfo, type ExaminationRoute } from './route.ts'

/** Returns the media info as far as it is known before the streams are probed. */
export const presumeMediaInfo = (signature: FileSignature, route: ExaminationRoute): MediaInfo => {
  if (route.type === 'settled') return route.result.mediaInfo
  if (route.type === 'image' || route.type === 'picture') return createMediaInfo('IMAGE', route.mimeType)
  if (route.type === 'guess') return createMediaInfo('OTHER', 'application/octet-stream')
  return createMediaInfo(
    route.mimeType.startsWith('audio/') ? 'AUDIO' : 'VIDEO',
    signature.detectedMimeType ?? route.mimeType,
  )
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
  if (route.type === 'image' || route.type === 'picture') {
    return { ...createMediaInfo('IMAGE', route.mimeType), ...size }
  }
  const kind = video ? 'VIDEO' : 'AUDIO'
  const mimeType = detectRecordingType(kind, probe.container, signature.detectedMimeType)
  return { kind, mimeType, durationSeconds: probe.durationSeconds, ...size }
}
