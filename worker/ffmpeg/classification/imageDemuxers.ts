/**
 * Demuxer of each picture type that ffmpeg decodes. TIFF is left out: ffmpeg reports success for tiles and strips that it
 * skips. A demuxer is passed explicitly, so that the content of the file cannot select another.
 */
export const imageDemuxers: Record<string, string> = {
  'image/png': 'png_pipe',
  'image/apng': 'apng',
  'image/jpeg': 'jpeg_pipe',
  'image/gif': 'gif',
  'image/webp': 'webp_pipe',
  'image/bmp': 'bmp_pipe',
}
