/** Demuxers that read nothing but the file they are given. Playlists, concat scripts, SDP and devices are not among them. */
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

/** 8192 × 8192: eight times 4K, and 256 MiB per decoded frame, which the memory limit can hold several times. */
export const maxPixels = 8192 * 8192
export const maxDurationSeconds = 24 * 3600
export const maxMemoryKiB = 6 * 1024 * 1024
export const probeTimeoutMs = 30_000
export const defaultStallTimeoutMs = 60_000

/** Before every `-i`: which demuxers and protocols may be used, and how large a picture may get. */
export const inputRestrictions = ['-protocol_whitelist', 'file', '-format_whitelist', allowedDemuxers.join(',')]
export const decoderRestrictions = ['-max_pixels', String(maxPixels)]

/** With the protocol spelled out, a name that starts with a dash or holds a colon or a percent sign means itself. */
export const fileUrl = (path: string) => `file:${path}`
