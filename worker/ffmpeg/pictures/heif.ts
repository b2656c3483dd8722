import { readFile } from 'node:fs/promises'
import libheif, { type HeifError } from 'libheif-js/wasm-bundle.js'
import sharp from 'sharp'
import { maxHeifPixels } from './decoders.ts'
import { readHeifProfile } from './heifColour.ts'
import { PictureError } from './replies.ts'
import { tagPixels } from './taggedPixels.ts'
import type { OpenPicture } from './vips.ts'

/** The library returns errors instead of throwing them. */
const requireSuccess = <Value extends object>(result: Value | HeifError | null): Exclude<Value, HeifError> => {
  if (result === null) throw new PictureError('DAMAGED', 'libheif returned nothing.')
  if ('code' in result && result.code !== libheif.heif_error_code.heif_error_Ok) throw new Error(result.message)
  return result as Exclude<Value, HeifError> // as: an error without a failure is the library's word for success
}

/** Decodes the main picture of a HEIF file, turned as the file demands. */
export const openWithHeif = async (path: string): Promise<OpenPicture> => {
  const context = libheif.heif_context_alloc()
  const file = await readFile(path)
  requireSuccess(libheif.heif_context_read_from_memory(context, file))
  const handle = requireSuccess(libheif.heif_js_context_get_primary_image_handle(context))
  const declared = libheif.heif_image_handle_get_width(handle) * libheif.heif_image_handle_get_height(handle)
  if (declared > maxHeifPixels) throw new PictureError('TOO_LARGE', `${declared} pixels are too many.`)
  const { heif_colorspace_RGB } = libheif.heif_colorspace
  const { heif_chroma_interleaved_RGBA } = libheif.heif_chroma
  const decoded = await libheif.heif_js_decode_image2(handle, heif_colorspace_RGB, heif_chroma_interleaved_RGBA)
  const [pixels] = requireSuccess(decoded).channels
  if (!pixels) throw new PictureError('DAMAGED', 'libheif decoded no pixels.')
  const { width, height, stride, data } = pixels
  // Rows may be padded; the padding is cut off as if it were further pixels.
  const size = { width: stride / 4, height }
  const profile = readHeifProfile(file)
  const copy = profile ? tagPixels(data, size, profile) : Uint8Array.from(data)
  const options = profile ? {} : { raw: { ...size, channels: 4 as const } }
  return { width, height, open: () => sharp(copy, options).extract({ left: 0, top: 0, width, height }) }
}
