/** Maximum lengths of messages that the header of a frame stores in 7 and in 16 bits. */
const [maxShort, maxMedium] = [125, 65_535]

const headerLengthOf = (length: number): number => {
  if (length <= maxShort) return 2
  return length <= maxMedium ? 4 : 10
}

/** Creates a WebSocket frame that is a whole text message of a server (RFC 6455, 5.2), so that it is written at once. */
export const createTextFrame = (texts: readonly (string | Uint8Array)[]): Buffer => {
  let length = 0
  for (const text of texts) length += typeof text === 'string' ? Buffer.byteLength(text) : text.length
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
  for (const text of texts) {
    if (typeof text === 'string') offset += frame.write(text, offset)
    else {
      frame.set(text, offset)
      offset += text.length
    }
  }
  return frame
}

interface SharedFrame {
  json: Uint8Array
  startBytes: number
  frame: Buffer
}

const messageEnd = Buffer.from('}')

/** Frames of one result for many subscribers: they differ only in the start, which contains the id of the operation. */
export interface SharedFrames {
  /** Returns the frame of the message that begins with `start`, for the caller alone. */
  take(start: string, json: Uint8Array): Buffer
  /** Gives a frame back that is written, so that the next subscriber gets it with another start. */
  giveBack(frame: Buffer): void
}

/** Creates shared frames. Results come one after the other, so the frame of the latest one is kept. */
export const createSharedFrames = (): SharedFrames => {
  let latest: SharedFrame | null = null
  let isTaken = false

  return {
    take(start, json) {
      const startBytes = Buffer.byteLength(start)
      if (latest?.json === json && latest.startBytes === startBytes && !isTaken) {
        const { frame } = latest
        frame.write(start, frame.length - messageEnd.length - json.length - startBytes)
      } else latest = { json, startBytes, frame: createTextFrame([start, json, messageEnd]) }
      isTaken = true
      return latest.frame
    },
    giveBack(frame) {
      if (frame === latest?.frame) isTaken = false
    },
  }
}
