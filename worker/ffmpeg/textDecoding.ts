const isControl = (byte: number): boolean => byte < 32 && ![8, 9, 10, 12, 13, 27].includes(byte)

/** Decodes UTF-8, UTF-16 with a byte order mark, or an older Western encoding; null for anything binary. */
export const decodeText = (head: Buffer): string | null => {
  if (head.length === 0) return null
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) {
    const encoding = head[0] === 0xff ? 'utf-16le' : 'utf-16be'
    return new TextDecoder(encoding).decode(head)
  }
  if (head.some(isControl)) return null
  try {
    // `stream`: the end of the head may cut the last character in two.
    return new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
  } catch {
    const plainCount = head.filter((byte) => byte < 127).length
    return plainCount / head.length > 0.85 ? head.toString('latin1') : null
  }
}
