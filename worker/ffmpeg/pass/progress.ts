/** Parses ffmpeg's time format, `00:01:02.500000` → 62.5; null for a text that is not a time, such as `N/A`. */
export const parseTime = (text: string): number | null => {
  const parts = /^(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(text.trim())
  return parts ? Number(parts[1]) * 3600 + Number(parts[2]) * 60 + Number(parts[3]) : null
}

/** Matches lines of `-progress`, which share stderr with all other output. */
export const progressPattern = /^([a-z_0-9]+)=\s*(.*)$/
const advanceKeys = ['frame', 'out_time', 'total_size']

interface ProgressReader {
  outputSeconds: number
  /** Reads one line of stderr. True if the line shows that the conversion has advanced. */
  read(line: string): boolean
}

export const createProgressReader = (
  expectedSeconds: number | null,
  onProgress: (percent: number) => void,
): ProgressReader => {
  const lastValues = new Map<string, string>()
  let percent = 0
  const reader: ProgressReader = {
    outputSeconds: 0,
    read(line) {
      const [, key = '', value = ''] = progressPattern.exec(line) ?? []
      const seconds = key === 'out_time' ? parseTime(value) : null
      if (seconds !== null) reader.outputSeconds = Math.max(reader.outputSeconds, seconds)
      const currentPercent = expectedSeconds ? Math.min(100, (reader.outputSeconds / expectedSeconds) * 100) : 0
      if (currentPercent > percent) onProgress(currentPercent)
      percent = Math.max(percent, currentPercent)
      const hasAdvanced = advanceKeys.includes(key) && lastValues.get(key) !== value
      lastValues.set(key, value)
      return hasAdvanced
    },
  }
  return reader
}
