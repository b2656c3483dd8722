/** Maximum lengths of messages that the header of a frame stores in 7 and in 16 bits. */
const [maxShort, maxMedium] = [125, 65_535]

const headerLengthOf = (length: number): number => {
  if (length <= maxShort) return 2
  return length <= maxMedium ? 4 : 10
}

/** Creates a WebSocket frame that is a whole text message of a server (RFC 6455, 5.2), so that it is written at once. */
export const createTextFrame = (texts: readonly (string | Uint8Array)[]): Buffer => {
  const parts = texts.map((text) => (typeof text === 'string' ? Buffer.from(text) : text))
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  let offset = headerLengthOf(length)
  const frame = Buffer.allocUnsafe(offset + length)
  frame[0] = 0x81
  if (offset === 2) frame[1] = length
  else if (offset === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  for (const part of parts) {
    frame.set(part, offset)
    offset += part.length
  }
  return frame
}
