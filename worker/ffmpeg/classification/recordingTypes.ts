export const recordingTypes = new Set([
  'application/ogg',
  'application/mxf',
  'application/vnd.ms-asf',
  'application/vnd.rn-realmedia',
])
/** Types that contain notes or patterns instead of a recording; ffmpeg cannot play them. */
export const scoreTypes = new Set(['audio/midi', 'audio/x-it', 'audio/x-s3m', 'audio/x-xm'])

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
export const detectRecordingType = (
  kind: 'VIDEO' | 'AUDIO',
  container: string,
  detectedMimeType: string | null,
): string => {
  const family = kind.toLowerCase()
  if (kind === 'AUDIO' && detectedMimeType === 'audio/x-m4a') return 'audio/mp4'
  if (detectedMimeType?.startsWith(`${family}/`) && !detectedMimeType.includes('ms-asf')) return detectedMimeType
  if (detectedMimeType === 'video/webm') return `${family}/webm`
  const name = container.split(',')[0] ?? 'unknown'
  return (
    containerTypes[name]?.[kind] ?? detectedMimeType?.replace(/^(video|audio)\//, `${family}/`) ?? `${family}/x-${name}`
  )
}
