import type { IncomingHttpHeaders } from 'node:http'

const version = '1.0.0'
const extensions = 'creation,expiration,termination'
const chunkType = 'application/offset+octet-stream'

export interface Answer {
  status: number
  headers?: Record<string, string>
  /** One sentence for people; only errors have one. */
  body?: string
}

interface Refused {
  type: 'refused'
  answer: Answer
}

const refuse = (status: number, body: string, headers?: Record<string, string>): Refused => ({
  type: 'refused',
  answer: { status, body, headers },
})

type Route =
  | Refused
  | { type: 'describe' }
  | { type: 'create' }
  | { type: 'upload'; method: (typeof uploadMethods)[number]; uploadId: string }

const uploadMethods = ['HEAD', 'PATCH', 'DELETE'] as const
const pathPattern = /^\/uploads(?:\/([^/?]+))?\/?(?:\?|$)/
const idPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The method that a request stands for: clients behind proxies that block PATCH or DELETE send it in a header of a POST. */
const methodOf = (method: string, headers: IncomingHttpHeaders): string => {
  const override = headers['x-http-method-override']
  return method === 'POST' && typeof override === 'string' ? override.toUpperCase() : method
}

/** Returns the handler of a request, or a refusal that does not depend on the caller. */
export const routeRequest = (sentMethod: string, url: string, headers: IncomingHttpHeaders): Route => {
  const method = methodOf(sentMethod, headers)
  const path = pathPattern.exec(url)
  if (path === null) return refuse(404, 'There is nothing here. Uploads are at /uploads.')
  const [, uploadId] = path
  const methods = uploadId === undefined ? ['OPTIONS', 'POST'] : ['OPTIONS', ...uploadMethods]
  if (!methods.includes(method))
    return refuse(405, `${method} is not allowed here. Uploads use the tus protocol.`, { Allow: methods.join(', ') })
  if (method === 'OPTIONS') return { type: 'describe' }
  if (headers['tus-resumable'] !== version)
    return refuse(412, `Send the header Tus-Resumable: ${version}.`, { 'Tus-Version': version })
  const uploadMethod = uploadMethods.find((candidate) => candidate === method)
  if (uploadId === undefined || uploadMethod === undefined) return { type: 'create' }
  if (!idPattern.test(uploadId)) return refuse(404, 'There is no such upload.')
  return { type: 'upload', method: uploadMethod, uploadId }
}

export const describeServer = (maxUploadBytes: number): Answer => ({
  status: 204,
  headers: { 'Tus-Version': version, 'Tus-Extension': extensions, 'Tus-Max-Size': String(maxUploadBytes) },
})

interface Creation {
  type: 'creation'
  input: { fileName: string; sizeBytes: number; mimeType: string | undefined }
}

export const parseCreation = (headers: IncomingHttpHeaders, maxUploadBytes: number): Creation | Refused => {
  if (headers['upload-concat'] !== undefined)
    return refuse(501, 'Uploads cannot be concatenated. Turn off parallel uploads in the tus client.')
  const { 'upload-length': length, 'upload-defer-length': deferred } = headers
  if (length === undefined || deferred !== undefined)
    return refuse(400, 'The size must be known when an upload is created: send the header Upload-Length.')
  if (Number(length) > maxUploadBytes) return refuse(413, `An upload may have at most ${maxUploadBytes} bytes.`)
  const sizeBytes = parseCount(length)
  if (sizeBytes === null) return refuse(400, 'The header Upload-Length must be a whole number of bytes.')
  const metadata = parseMetadata(headers['upload-metadata'])
  if (metadata === null)
    return refuse(400, 'The header Upload-Metadata must be a list of distinct keys with Base64 values: `key value,…`.')
  const fileName = metadata.get('filename') || metadata.get('name') || ''
  return {
    type: 'creation',
    input: { fileName, sizeBytes, mimeType: metadata.get('filetype') || metadata.get('type') },
  }
}

interface Append {
  type: 'append'
  offset: number
  /** Size of the body; null if the request does not declare it. */
  bodyBytes: number | null
}

export const parseAppend = (headers: IncomingHttpHeaders): Append | Refused => {
  const offset = parseCount(headers['upload-offset'])
  if (offset === null) return refuse(400, 'A PATCH needs the header Upload-Offset: a whole number of bytes.')
  if (headers['content-type'] !== chunkType) return refuse(415, `A PATCH needs the header Content-Type: ${chunkType}.`)
  if (headers['upload-length'] !== undefined)
    return refuse(400, 'The size of an upload is set when it is created. Omit the header Upload-Length.')
  return { type: 'append', offset, bodyBytes: parseCount(headers['content-length']) }
}

/** Compares a PATCH with the upload's state. Bodies without a declared size are limited while they arrive. */
export const checkAppend = (
  { offset, bodyBytes }: Append,
  { receivedBytes, sizeBytes }: { receivedBytes: number; sizeBytes: number },
): Answer | null => {
  if (offset !== receivedBytes)
    return { status: 409, body: 'The upload is not at this offset. Send HEAD to get the offset to continue from.' }
  if (offset + (bodyBytes ?? 0) > sizeBytes)
    return { status: 413, body: `The body exceeds the upload's declared size of ${sizeBytes} bytes.` }
  return null
}

const parseCount = (text: string | string[] | undefined): number | null =>
  typeof text === 'string' && /^(?:0|[1-9]\d{0,15})$/.test(text) ? Number(text) : null

/** A key of visible ASCII characters but the comma, alone or with a value in padded Base64. */
const metadataPattern = /^([\x21-\x2b\x2d-\x7e]+)(?: ((?:[\d+/A-Za-z]{4})*(?:[\d+/A-Za-z]{2}==|[\d+/A-Za-z]{3}=)?))?$/

/** Null if the text is malformed or repeats a key. */
const parseMetadata = (text: string | string[] | undefined): Map<string, string> | null => {
  const metadata = new Map<string, string>()
  for (const pair of text === undefined ? [] : String(text).split(',')) {
    const [, key, value = ''] = metadataPattern.exec(pair) ?? []
    if (key === undefined || metadata.has(key)) return null
    metadata.set(key, Buffer.from(value, 'base64').toString())
  }
  return metadata
}
