declare module 'libheif-js/wasm-bundle.js' {
  type Context = object & { readonly context: unique symbol }
  type ImageHandle = object & { readonly handle: unique symbol }
  type Constant = object

  export interface HeifError {
    code: Constant
    message: string
  }

  interface DecodedImage {
    /** One channel with all colours, if an interleaved chroma is requested. */
    channels: { width: number; height: number; stride: number; data: Uint8Array }[]
  }

  /** Members that the worker uses, named as in the C library. */
  const libheif: {
    heif_error_code: { heif_error_Ok: Constant }
    heif_colorspace: { heif_colorspace_RGB: Constant }
    heif_chroma: { heif_chroma_interleaved_RGBA: Constant }
    heif_context_alloc(): Context
    heif_context_read_from_memory(context: Context, file: Uint8Array): HeifError
    heif_js_context_get_primary_image_handle(context: Context): ImageHandle | HeifError | null
    heif_image_handle_get_width(handle: ImageHandle): number
    heif_image_handle_get_height(handle: ImageHandle): number
    heif_js_decode_image2(
      handle: ImageHandle,
      colorspace: Constant,
      chroma: Constant,
    ): Promise<DecodedImage | HeifError | null>
  }
  // biome-ignore lint/style/noDefaultExport: the package is CommonJS, whose exports Node imports as the default.
  export default libheif
}
