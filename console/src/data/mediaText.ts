import { useQuery } from '@tanstack/react-query'
import { RequestError } from '../api/errors.ts'
import { keys } from '../api/keys.ts'

/** Number of bytes of a text that are shown. */
const maxBytes = 262_144

const readText = async (url: string, signal: AbortSignal) => {
  const response = await fetch(url, {
    headers: { range: `bytes=0-${maxBytes - 1}` },
    credentials: 'same-origin',
    signal,
  })
  // 416: an empty file has no first byte.
  if (response.status === 416) return { text: '', isCut: false }
  if (!response.ok)
    throw new RequestError(`The server answered ${response.status}.`, {
      code: response.status === 404 ? 'NOT_FOUND' : 'INTERNAL_SERVER_ERROR',
      requestId: response.headers.get('x-request-id'),
      retryAfterSeconds: null,
    })
  const bytes = (await response.arrayBuffer()).slice(0, maxBytes)
  const charset = /charset=([\w-]+)/i.exec(response.headers.get('content-type') ?? '')?.[1] ?? 'utf-8'
  const size = Number(response.headers.get('content-range')?.split('/')[1] ?? bytes.byteLength)
  // `stream` drops the part of a character at the cut.
  return { text: new TextDecoder(charset).decode(bytes, { stream: true }), isCut: size > bytes.byteLength }
}

/** Reads the beginning of a text file. */
export const useMediaText = (url: string) =>
  useQuery({
    queryKey: keys.mediaText(url),
    queryFn: ({ signal }) => readText(url, signal),
    staleTime: Number.POSITIVE_INFINITY,
  })
