import { useEffect, useState } from 'react'

export interface PlayerState {
  seconds: number
  /** Null until the player knows it. */
  durationSeconds: number | null
  buffered: readonly { from: number; to: number }[]
}

const initial: PlayerState = { seconds: 0, durationSeconds: null, buffered: [] }
const events = ['timeupdate', 'progress', 'durationchange', 'loadedmetadata', 'seeking', 'seeked', 'emptied']

/** Duration of a frame that is assumed until the player has shown two in a row. */
const defaultFrameSeconds = 1 / 25
/** A longer time between two frames is a seek. */
const maxFrameSeconds = 0.5
const seekSeconds = 5

const stepKeys: ReadonlyMap<string, { seconds: number; frames: 0 | 1 | -1 }> = new Map([
  ['ArrowLeft', { seconds: -seekSeconds, frames: 0 }],
  ['ArrowRight', { seconds: seekSeconds, frames: 0 }],
  [',', { seconds: 0, frames: -1 }],
  ['.', { seconds: 0, frames: 1 }],
])

const readState = (player: HTMLMediaElement): PlayerState => ({
  seconds: player.currentTime,
  durationSeconds: Number.isFinite(player.duration) ? player.duration : null,
  buffered: Array.from({ length: player.buffered.length }, (_, index) => ({
    from: player.buffered.start(index),
    to: player.buffered.end(index),
  })),
})

/** Follows the position and the loaded parts of a player. */
export const usePlayerState = (player: HTMLMediaElement | null): PlayerState => {
  const [state, setState] = useState(initial)
  useEffect(() => {
    if (player === null) return
    const update = (): void => setState(readState(player))
    update()
    for (const event of events) player.addEventListener(event, update)
    return () => {
      for (const event of events) player.removeEventListener(event, update)
    }
  }, [player])
  return state
}

/** Measures the duration of a frame while the video plays: the shortest time between two frames. */
const useFrameSeconds = (player: HTMLMediaElement | null): number => {
  const [frameSeconds, setFrameSeconds] = useState(defaultFrameSeconds)
  useEffect(() => {
    if (!(player instanceof HTMLVideoElement) || !('requestVideoFrameCallback' in player)) return
    let lastSeconds: number | null = null
    let shortest = Number.POSITIVE_INFINITY
    let handle = 0
    const measure: VideoFrameRequestCallback = (_, { mediaTime }) => {
      const passed = lastSeconds === null ? 0 : mediaTime - lastSeconds
      lastSeconds = mediaTime
      if (!player.paused && passed > 0.001 && passed < Math.min(shortest - 0.001, maxFrameSeconds)) {
        shortest = passed
        setFrameSeconds(passed)
      }
      handle = player.requestVideoFrameCallback(measure)
    }
    handle = player.requestVideoFrameCallback(measure)
    return () => player.cancelVideoFrameCallback(handle)
  }, [player])
  return frameSeconds
}

export interface PlayerSteps {
  /** Moves by seconds, within the media. */
  seek(by: number): void
  /** Pauses, and moves by one frame. */
  stepFrame(direction: 1 | -1): void
  /** Handles a key: arrows, comma and full stop. Returns whether it was one of them. */
  handleKey(key: string): boolean
}

/** Moves a player by seconds and by frames. */
export const usePlayerSteps = (player: HTMLMediaElement | null): PlayerSteps => {
  const frameSeconds = useFrameSeconds(player)
  const seek = (by: number): void => {
    if (player === null) return
    const end = Number.isFinite(player.duration) ? player.duration : Number.MAX_SAFE_INTEGER
    player.currentTime = Math.min(end, Math.max(0, player.currentTime + by))
  }
  const stepFrame = (direction: 1 | -1): void => {
    player?.pause()
    seek(direction * frameSeconds)
  }
  return {
    seek,
    stepFrame,
    handleKey(key) {
      const step = stepKeys.get(key)
      if (step === undefined) return false
      if (step.frames === 0) seek(step.seconds)
      else stepFrame(step.frames)
      return true
    },
  }
}
