/** One call of ffmpeg, fully decided before it starts. */
export interface Pass {
  inputOptions: string[]
  /** A URL with an explicit protocol. */
  input: string
  /** Further outputs, if any, followed by the options of the last output. */
  outputOptions: string[]
  output: string
  /** Expected duration of the output, for the percentage; null if the pass cannot tell its progress. */
  expectedSeconds: number | null
  timeoutMs: number
}
