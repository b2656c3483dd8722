/** Parts of a rendition without which it is still useful, and how each is made. */
export interface OptionalParts {
  /** `assumed` takes colours that a file of high dynamic range does not name to be those of BT.2020. */
  toneMapping: 'tagged' | 'assumed' | 'none'
  /** `panned` mixes the channels in equal parts, whatever their places are. */
  sound: 'mixed' | 'panned' | 'none'
  deinterlacing: 'flagged' | 'none'
}

export const allParts: OptionalParts = { toneMapping: 'tagged', sound: 'mixed', deinterlacing: 'flagged' }

/** Names the parts that are made worse than the best way makes them, for the log. */
export const nameChangedParts = (parts: OptionalParts): string[] =>
  Object.entries(parts)
    .filter(([part, way]) => allParts[part as keyof OptionalParts] !== way) // as: entries widens to string
    .map(([part, way]) => `${part}: ${way}`)
