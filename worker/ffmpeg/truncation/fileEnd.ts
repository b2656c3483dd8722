import type { ByteSource } from './byteSource.ts'

/** End of a file according to its own sizes and marks. */
export interface FileEnd {
  /**
   * `whole`: all bytes that the headers announce are there. `missing`: some are not. `unmarked`: the end mark is not
   * there, but all before it may be, which only a decoder can tell. `unknown`: the headers announce nothing.
   */
  state: 'whole' | 'missing' | 'unmarked' | 'unknown'
  /** Duration that the headers state; null if they state none, absent if ffprobe reads it. */
  statedSeconds?: number | null
  /** Duration of the frames of a moving picture that are there, if others are missing. */
  shownSeconds?: number
}

export type EndReader = (bytes: ByteSource) => Promise<FileEnd>
