/** Demuxers that read only the file they are given. Excludes playlists, concat scripts, SDP and devices. */
export const allowedDemuxers = [
  'mov',
  'matroska',
  'avi',
  'asf',
  'flv',
  'mpeg',
  'mpegts',
  'mpegvideo',
  'mxf',
  'dv',
  'ogg',
  'mp3',
  'wav',
  'w64',
  'flac',
  'aac',
  'ac3',
  'eac3',
  'aiff',
  'caf',
  'amr',
  'ape',
  'wv',
  'tta',
  'au',
  'gif',
  'apng',
  'png_pipe',
  'jpeg_pipe',
  'webp_pipe',
  'bmp_pipe',
  'tiff_pipe',
] as const

/** 8192 × 8192: eight times 4K, and 256 MiB per decoded frame, several of which fit into the memory limit. */
export const maxPixels = 8192 * 8192
export const maxDurationSeconds = 24 * 3600
export const maxMemoryKiB = 6 * 1024 * 1024
export const probeTimeoutMs = 30_000
export const defaultStallTimeoutMs = 60_000

/** Options before every `-i`: the allowed demuxers and protocols. */
export const inputRestrictions = ['-protocol_whitelist', 'file', '-format_whitelist', allowedDemuxers.join(',')]
/** Options before every `-i`: the maximum size of a picture. */
export const decoderRestrictions = ['-max_pixels', String(maxPixels)]

/** With an explicit protocol, a name that starts with a dash or contains a colon or a percent sign is taken literally. */
export const toFileUrl = (path: string): string => `file:${path}`
