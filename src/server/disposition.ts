/**
 * Types that browsers show without running anything in them; everything else is a download. Never HTML, SVG, XML or
 * script, whoever declared or detected it.
 */
const inlineTypes: ReadonlySet<string> = new Set([
  'image/jpeg',
  'image/png',
  'image/gif',
  'image/webp',
  'image/avif',
  'video/mp4',
  'video/webm',
  'video/ogg',
  'audio/mpeg',
  'audio/mp4',
  'audio/ogg',
  'audio/webm',
  'audio/wav',
  'audio/x-wav',
  'audio/flac',
  'audio/x-flac',
  'application/pdf',
  'text/plain',
])

/** Downloads whose type may be told: a browser could at most play, show or read them as data. */
const passiveTypePattern =
  /^(?:(?:image|audio|video|font)\/[\w.-]+|text\/(?:vtt|csv)|application\/(?:zip|gzip|vnd\.[\w.-]+))$/

export interface ContentHeaders {
  contentType: string
  contentDisposition: string
  contentSecurityPolicy: string
}

/** How bytes are presented to a browser; a pure function of what is known about them. */
export const toContentHeaders = ({ mimeType, fileName }: { mimeType: string; fileName: string }): ContentHeaders => {
  const type = essence(mimeType)
  const isInline = inlineTypes.has(type)
  return {
    contentType: contentTypeOf(type, isInline),
    contentDisposition: `${isInline ? 'inline' : 'attachment'}; ${fileNameParameters(fileName)}`,
    contentSecurityPolicy: type === 'application/pdf' ? pdfPolicy : sandboxPolicy,
  }
}

/** Bytes opened as a page: an image, a player or text of the browser's own, without scripts, frames or an origin. */
const sandboxPolicy = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"

/** PDF viewers are plug-ins or pages of the browser, which `sandbox` keeps from opening. */
const pdfPolicy = "default-src 'none'; object-src 'self'; img-src 'self'; style-src 'unsafe-inline'"

const essence = (mimeType: string): string => mimeType.split(';', 1)[0]?.trim().toLowerCase() ?? ''

const contentTypeOf = (type: string, isInline: boolean): string => {
  if (type === 'text/plain') return 'text/plain; charset=utf-8'
  if (isInline) return type
  return passiveTypePattern.test(type) && !/xml|html|script/.test(type) ? type : 'application/octet-stream'
}

/** RFC 6266 with RFC 8187: an ASCII name for old clients, the real one for the others. Neither can hold a line break. */
const fileNameParameters = (fileName: string): string => {
  const name = fileName.toWellFormed().replace(invisibleCharacters, '') || 'file'
  const ascii = name.replace(/[^\x20-\x7e]|["\\%/;]/g, '_')
  const extended = encodeURIComponent(name).replace(/['()*!]/g, percentEncode)
  return `filename="${ascii}"; filename*=UTF-8''${extended}`
}

/** Control characters, and marks that turn the direction of text, with which `gpj.exe` reads as `exe.jpg`. */
const invisibleCharacters = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu

const percentEncode = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
