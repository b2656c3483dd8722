/** Stages of a file, from its choice to its end. */
const stages = [
  'checking',
  'draft',
  'duplicate',
  'waiting',
  'sending',
  'interrupted',
  'paused',
  'cancelling',
  'processing',
  'ready',
  'failed',
  'cancelled',
  'used',
  'refused',
] as const

export type Stage = (typeof stages)[number]

/** Stages that nothing but the person changes. */
const finalStages: readonly Stage[] = ['ready', 'failed', 'cancelled', 'used', 'refused']

/** Stages in which leaving the page loses something. */
const busyStages: readonly Stage[] = ['waiting', 'sending', 'interrupted', 'cancelling']

/** Stages that take one of the places for files that are sent at the same time. */
export const sendingStages: readonly Stage[] = ['sending', 'interrupted']

/** Why a file is refused before anything is sent. */
export type LocalProblem = 'empty' | 'tooLarge'

export interface UploadFailure {
  code: string
  /** Words of the server; null if the console words the failure by its code. */
  message: string | null
  remedy: string | null
  requestId: string | null
  /** Step that a retry repeats; null if the same file cannot succeed. */
  retry: 'upload' | 'processing' | null
}

/** Media whose next version a file becomes. */
interface Replacement {
  mediaId: string
  title: string
  stage: boolean
  note: string
  /** Whether the file looks as if it were of another kind than the media, which the server refuses. */
  looksWrong: boolean
}

export interface UploadItem {
  id: string
  file: File
  title: string
  tags: readonly string[]
  /** Global id; null for no folder. */
  folderId: string | null
  replaces: Replacement | null
  /** Whether the person has confirmed the upload, in the dialog or by resuming it. */
  isStarted: boolean
  stage: Stage
  problem: LocalProblem | null
  sha256: string | null
  allowsDuplicate: boolean
  /** Media of the library with the same bytes. */
  existing: { id: string; title: string } | null
  /** Upload of the server, once it is created; also one from before a reload. */
  uploadId: string | null
  mediaId: string | null
  sentBytes: number
  /** Moment of `sentBytes` on the clock of `performance.now()`. */
  sentAtMs: number | null
  bytesPerSecond: number | null
  /** Why sending is interrupted, in the words of the server; null if it was not reached. */
  reason: string | null
  failure: UploadFailure | null
  /** Number of retries by the person. A created upload belongs to one of them. */
  attempt: number
}

/** A file that the person chose, with what is known about it. */
export type NewUpload = Pick<UploadItem, 'id' | 'file'> & Partial<UploadItem>

export const createUploadItem = (chosen: NewUpload): UploadItem => ({
  title: '',
  tags: [],
  folderId: null,
  replaces: null,
  isStarted: false,
  stage: 'checking',
  problem: null,
  sha256: null,
  allowsDuplicate: false,
  existing: null,
  uploadId: null,
  mediaId: null,
  sentBytes: 0,
  sentAtMs: null,
  bytesPerSecond: null,
  reason: null,
  failure: null,
  attempt: 0,
  ...chosen,
})

export const isFinal = ({ stage }: Pick<UploadItem, 'stage'>): boolean => finalStages.includes(stage)
export const isBusy = ({ stage }: Pick<UploadItem, 'stage'>): boolean => busyStages.includes(stage)
/** Whether the dialog shows the file: it waits for the person. */
export const isDraft = ({ stage, isStarted }: Pick<UploadItem, 'stage' | 'isStarted'>): boolean =>
  !isStarted && ['checking', 'draft', 'duplicate', 'refused', 'used'].includes(stage)

/** Whether title, tags and folder of a file can still be changed: its upload does not exist yet. */
export const hasDraftFields = ({ stage, replaces, uploadId }: UploadItem): boolean =>
  replaces === null && uploadId === null && ['checking', 'draft', 'duplicate'].includes(stage)
