/**
 * Messages between a page with the element `<mediagraph-picker>` and the picker's page in its frame. Types only: the script
 * of the element must import nothing.
 */

/** A media as the page receives it. */
export interface PickedMedia {
  id: string
  title: string
  kind: string
  mimeType: string
  durationSeconds: number | null
  width: number | null
  height: number | null
  /** Signed address of a picture, which expires after some hours; null for media without one. */
  thumbnailUrl: string | null
}

export interface PickerOptions {
  /** Kinds that may be picked; null allows all. */
  kinds: string[] | null
  isMultiple: boolean
  /** Maximum number of media; null leaves it to the picker. */
  max: number | null
  /** Global id of the folder that is shown first. */
  folder: string | null
  search: string | null
  /** Language tag of the page. */
  language: string
}

/** The first message of the frame to its parent. It carries nothing, since any page may read it. */
export interface ReadyMessage {
  type: 'mediagraph-picker-ready'
}

/** The answer of the element. It comes with a port, over which all further messages go. */
export interface OpenMessage {
  type: 'mediagraph-picker-open'
  token: string
  options: PickerOptions
}

/** A message of the frame over the port. `token` asks for a new one. */
export type FrameMessage = { type: 'select'; media: PickedMedia[] } | { type: 'cancel' } | { type: 'token' }

/** The answer to `token`. A page without a token sends no answer and closes the picker. */
export interface TokenMessage {
  type: 'token'
  token: string
}
