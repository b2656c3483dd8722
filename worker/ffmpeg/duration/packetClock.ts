export interface Packet {
  startSeconds: number | null
  /** Time of decoding, which grows from packet to packet: pictures may be shown in another order. */
  decodingSeconds?: number | null
  durationSeconds: number | null
}

interface PacketClock {
  add(packet: Packet): void
  /** Playing time of the packets so far. */
  seconds(): number
}

/** Time of a file, for streams that start at different points of it. */
export const createTimeline = (): PacketClock => {
  let start = Number.POSITIVE_INFINITY
  let end = 0
  let untimedSeconds = 0
  return {
    add({ startSeconds, durationSeconds }) {
      if (startSeconds === null) untimedSeconds += durationSeconds ?? 0
      else {
        start = Math.min(start, startSeconds)
        end = Math.max(end, startSeconds + (durationSeconds ?? 0))
      }
    },
    seconds: () => Math.max(0, end - start, untimedSeconds),
  }
}

/** ffmpeg takes a larger step for a jump of the clock too, and closes the gap when it converts. */
const maxStepSeconds = 10

const stepBetween = (last: Packet | null, packet: Packet): number => {
  const decodingStep = (packet.decodingSeconds ?? Number.NaN) - (last?.decodingSeconds ?? Number.NaN)
  const startStep = (packet.startSeconds ?? Number.NaN) - (last?.startSeconds ?? Number.NaN)
  return Number.isNaN(decodingStep) ? startStep : decodingStep
}

/** Time of one stream whose clock may jump, as that of a broadcast does: the sum of the steps between its packets. */
export const createStepClock = (): PacketClock => {
  let sumSeconds = 0
  let last: Packet | null = null
  return {
    add(packet) {
      const nominalSeconds = last?.durationSeconds ?? 0
      const step = stepBetween(last, packet)
      if (last) sumSeconds += step >= 0 && step <= maxStepSeconds ? step : nominalSeconds
      last = packet
    },
    seconds: () => sumSeconds + (last?.durationSeconds ?? 0),
  }
}
