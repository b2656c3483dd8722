import type { ExecutionResult } from 'graphql'

interface SharedResult extends ExecutionResult {
  /** Called by GraphQL Yoga instead of JSON.stringify. */
  stringify(): string
  encode(): Buffer
}

/** Lets all subscribers of a result without errors share its JSON, which is written once. */
export const shareEncoding = (result: ExecutionResult): ExecutionResult => {
  if (result.errors !== undefined) return result // each subscriber reads its own request id in them
  let text: string | null = null
  let bytes: Buffer | null = null
  const stringify = (): string => {
    text ??= JSON.stringify(result)
    return text
  }
  const encode = (): Buffer => {
    bytes ??= Buffer.from(text ?? JSON.stringify(result))
    return bytes
  }
  return Object.defineProperties(result, { stringify: { value: stringify }, encode: { value: encode } })
}

/** Returns the JSON of a shared result; null for any other. */
export const sharedBytesOf = (result: ExecutionResult | Partial<SharedResult>): Buffer | null =>
  'encode' in result && result.encode !== undefined ? result.encode() : null
