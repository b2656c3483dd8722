/**
 * MIME types that browsers display without running code in them; every other type is served as a download. Never HTML,
 * SVG, XML or scripts, whether the client declared the type or the server detected it.
 */
export const inlineTypes: ReadonlySet<string> = new Set([
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

/** MIME types that a download may keep: a browser can at most play, display or read them as data. */
const passiveTypePattern =
  /^(?:(?:image|audio|video|font)\/[\w.-]+|text\/(?:vtt|csv)|application\/(?:zip|gzip|vnd\.[\w.-]+))$/

const passiveTextTypes: ReadonlySet<string> = new Set(['text/csv', 'text/vtt'])

export interface ContentHeaders {
  contentType: string
  contentDisposition: string
  contentSecurityPolicy: string
}

interface PresentedFile {
  mimeType: string
  fileName: string
  /** Whether the file is saved, also if browsers could show it. */
  isDownload?: boolean
}

/** Returns the headers that decide how a browser presents a file. Pure. */
export const toContentHeaders = ({ mimeType, fileName, isDownload = false }: PresentedFile): ContentHeaders => {
  const type = essence(mimeType)
  const charset = charsetOf(mimeType)
  const isInline = inlineTypes.has(type)
  return {
    contentType: contentTypeOf(type, charset, isInline),
    contentDisposition: `${isInline && !isDownload ? 'inline' : 'attachment'}; ${fileNameParameters(fileName)}`,
    contentSecurityPolicy: choosePolicy(type, isInline),
  }
}

/**
 * Policy of a file opened as a page: allows the browser's own image and text viewers, but no scripts, frames or origin.
 */
const sandboxPolicy = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"

/** Policy of PDF files, without `sandbox`: that blocks PDF viewers, which are plug-ins or pages of the browser. */
const pdfPolicy = "default-src 'none'; object-src 'self'; img-src 'self'; style-src 'unsafe-inline'"

/**
 * Policy of video and sound, without `sandbox`: the browser's player reads the file a second time, and a page without an
 * origin may read nothing. Neither type can contain code.
 */
const playerPolicy = "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'"

const choosePolicy = (type: string, isInline: boolean): string => {
  if (type === 'application/pdf') return pdfPolicy
  return isInline && /^(?:video|audio)\//.test(type) ? playerPolicy : sandboxPolicy
}

/** Types that browsers display under another name only. */
const standardTypes: Record<string, string> = { 'audio/x-flac': 'audio/flac', 'audio/x-wav': 'audio/wav' }

const essence = (mimeType: string): string => mimeType.split(';', 1)[0]?.trim().toLowerCase() ?? ''

const charsetOf = (mimeType: string): string | undefined => /;\s*charset=([\w-]+)/i.exec(mimeType)?.[1]?.toLowerCase()

const contentTypeOf = (type: string, charset: string | undefined, isInline: boolean): string => {
  if (type === 'text/plain') return `text/plain; charset=${charset ?? 'utf-8'}`
  if (charset !== undefined && passiveTextTypes.has(type)) return `${type}; charset=${charset}`
  if (isInline) return standardTypes[type] ?? type
  return passiveTypePattern.test(type) && !/xml|html|script/.test(type) ? type : 'application/octet-stream'
}

/**
 * Returns the file name by RFC 6266 and RFC 8187: in ASCII for old clients and in full for the others. Neither can
 * contain a line break.
 */
const fileNameParameters = (fileName: string): string => {
  const name = fileName.toWellFormed().replace(invisibleCharacters, '') || 'file'
  const ascii = name.replace(/[^\x20-\x7e]|["\\%/;]/g, '_')
  const extended = encodeURIComponent(name).replace(/['()*!]/g, percentEncode)
  return `filename="${ascii}"; filename*=UTF-8''${extended}`
}

/** Control characters, and marks that change the text direction, with which `gpj.exe` reads as `exe.jpg`. */
const invisibleCharacters = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu

const percentEncode = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
