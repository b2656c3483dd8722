import { type ErrorEntry, nullPathOf } from './compare.ts'

/** Kind of one error: by which part of the server, and where its null ends. */
const kindOf = (error: ErrorEntry, data: unknown): string => {
  const { message, path, extensions } = error
  const code = extensions?.code ?? 'without a code'
  if (path === undefined) return /depth limit|fields; the limit/.exec(message)?.[0] ?? `refused document: ${code}`
  const place = path.length > 1 ? 'in the middle' : 'at the root'
  const end =
    data === null
      ? 'ends the answer'
      : nullPathOf(error, data).length === path.length
        ? 'is null itself'
        : 'makes a parent null'
  return `${code} ${place} ${end}`
}

/** Lists which kinds of answers this one is an example of. */
export const kindsOf = (text: string): string[] => {
  const { data, errors = [] } = JSON.parse(text) as { data?: unknown; errors?: ErrorEntry[] } // as: the response format of GraphQL
  const content = JSON.stringify(data ?? null)
  return [
    ...errors.map((error) => kindOf(error, data)),
    ...(errors.length === 0 ? ['no error'] : []),
    ...(/[?]expires=/.test(content) ? ['signed URL'] : []),
    ...(/"(deletedAt|purgeAt)":"/.test(content) ? ['media in the trash'] : []),
    ...(/"endCursor":"/.test(content) ? ['page'] : []),
  ]
}

/** Kinds that random documents must show, so that a comparison without them is not mistaken for a proof. */
export const requiredKinds = [
  'no error',
  'signed URL',
  'media in the trash',
  'page',
  'depth limit',
  'fields; the limit',
  'refused document: without a code',
  'FORBIDDEN at the root ends the answer',
  'FORBIDDEN in the middle',
  'INVALID_INPUT in the middle',
  'INTERNAL_SERVER_ERROR in the middle',
  'NOT_FOUND',
  'makes a parent null',
  'is null itself',
]
