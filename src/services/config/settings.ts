/** Part of the configuration that every caller may read. */
export interface Settings {
  maxUploadBytes: number
  trashDays: number
  undoSeconds: number
  /** Names of optional capabilities that are enabled. */
  features: readonly string[]
}
