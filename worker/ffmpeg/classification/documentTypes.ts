import type { FileSignature } from '../fileSignature.ts'
import { extensionOf } from './claims.ts'
import { detectMarkup } from './markup.ts'

const textTypesByExtension: Record<string, string> = {
  md: 'text/markdown',
  markdown: 'text/markdown',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  html: 'text/html',
  htm: 'text/html',
  xhtml: 'application/xhtml+xml',
  xml: 'application/xml',
  json: 'application/json',
  vtt: 'text/vtt',
  srt: 'application/x-subrip',
  ics: 'text/calendar',
  css: 'text/css',
  js: 'text/javascript',
  svg: 'image/svg+xml',
  rtf: 'application/rtf',
  tex: 'application/x-tex',
  yaml: 'application/yaml',
  yml: 'application/yaml',
}

export const legacyOfficeTypes: Record<string, string> = {
  doc: 'application/msword',
  dot: 'application/msword',
  xls: 'application/vnd.ms-excel',
  ppt: 'application/vnd.ms-powerpoint',
  pps: 'application/vnd.ms-powerpoint',
}

export const documentTypePattern =
  /^(application\/(pdf|rtf|epub\+zip|postscript|x-mobipocket-ebook|vnd\.(openxmlformats-officedocument|oasis\.opendocument|apple\.(keynote|numbers|pages)|visio|ms-(excel|word|powerpoint))\b.*))$/

export const detectTextType = (signature: FileSignature): string => {
  // Content that a browser would execute gets its real type, regardless of its extension.
  const markup = detectMarkup(signature.head)
  if (markup !== null) return markup
  const typeByName = textTypesByExtension[extensionOf(signature.fileName)]
  // SVG is only recognised by its content, not by its name.
  if (typeByName && typeByName !== 'image/svg+xml') return typeByName
  return signature.detectedMimeType ?? 'text/plain'
}
