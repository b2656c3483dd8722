const listChannels = (channels: number, isIncluded: (channel: number) => boolean): string =>
  Array.from({ length: channels }, (_, channel) => channel)
    .filter(isIncluded)
    .map((channel) => `c${channel}`)
    .join('+')

/** Mixes channels whose places are unknown: the even ones to the left, the odd ones to the right. */
export const createStereoPan = (channels: number): string =>
  channels < 2
    ? 'pan=stereo|c0=c0|c1=c0'
    : `pan=stereo|c0<${listChannels(channels, (one) => one % 2 === 0)}|c1<${listChannels(channels, (one) => one % 2 === 1)}`

export const createMonoPan = (channels: number): string => `pan=mono|c0<${listChannels(channels, () => true)}`
