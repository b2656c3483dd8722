import type { MediaKind, RenditionProfile } from '../../prisma/generated/client/enums.ts'
import type { OddFiles } from '../harness/oddFiles.ts'

export type Make = OddFiles['make']

/** A file that a person may upload, and what becomes of it. */
export interface OddFile {
  fileName: string
  build: (make: Make) => Promise<Buffer>
  /** Seconds that a usable recording plays, null for any other usable file; or the code of the refusal. */
  result: number | null | string
  /** Pattern of the message of the only warning; none without it. */
  warning?: string
  /** Kind of a file whose name does not say it. */
  kind?: MediaKind
  /** Renditions, if it has fewer than its kind. */
  renditions?: RenditionProfile[]
}

export type OddFileTable = Record<string, OddFile>
