import { type Analytics, createAnalytics } from './analytics/analytics.ts'
import { type Assignments, createAssignments } from './assignment/assignments.ts'
import { undoWindowMs } from './assignment/transitions.ts'
import type { Settings } from './config/settings.ts'
import { createDuplicates, type Duplicates } from './duplicate/duplicates.ts'
import { createCheckpoints } from './event/checkpoints.ts'
import { createEventLog, type EventLog } from './event/eventLog.ts'
import { createHistory, type History } from './event/history.ts'
import { createSequencer, type Sequencer } from './event/sequencer.ts'
import { createFacets, type Facets } from './facet/facets.ts'
import { createFolders, type Folders } from './folder/folders.ts'
import { createIdempotency, type Idempotency } from './idempotency/idempotency.ts'
import type {
  Clock,
  Database,
  IncomingFiles,
  Logger,
  LoginService,
  PubSub,
  Queue,
  RateLimiter,
  Signer,
  Storage,
} from './kernel/ports.ts'
import { createLiveSubscriptions, type LiveSubscriptions } from './live/subscriptions.ts'
import type { Lanes } from './locking/lanes.ts'
import { createLibraryChanges, type LibraryChanges } from './media/changes.ts'
import { createMediaList, type MediaList } from './media/list.ts'
import { createMediaLibrary, type MediaLibrary } from './media/media.ts'
import { createMediaUpdater, type MediaUpdater } from './media/update.ts'
import { createNodes, type Nodes } from './node/nodes.ts'
import { createOperations, type Operations } from './operation/operations.ts'
import { type BulkRunner, createBulkRunner } from './operation/runner.ts'
import { createRateLimits, type RateLimitSettings, type RateLimits } from './rateLimit/rateLimits.ts'
import { type Conversions, createConversions } from './rendition/conversions.ts'
import { createRemake, type Remake } from './rendition/remake.ts'
import { createRenditions, type Renditions } from './rendition/renditions.ts'
import { createThumbnails, type Thumbnails } from './rendition/thumbnails.ts'
import { createResources, type Resources } from './resource/resources.ts'
import { createSessions, type Sessions } from './session/sessions.ts'
import { createSignInCodes, type SignInCodes } from './session/signInCodes.ts'
import { createSignIns, type SignIns } from './session/signIns.ts'
import { type Blobs, createBlobs } from './storage/blobs.ts'
import { createFaultReports, type ReportFault } from './storage/faultReports.ts'
import type { FileSniffer } from './storage/fileTypes.ts'
import { createFindFile, type FindFile } from './storage/findFile.ts'
import { createScrub, type Scrub } from './storage/scrub.ts'
import { createSignedUrls, type SignedUrls } from './storage/signedUrls.ts'
import { createTags, type Tags } from './tag/tags.ts'
import { createTrash, type Trash } from './trash/trash.ts'
import { createUploadLeases, type UploadLeases } from './upload/leases.ts'
import { createUploadTokens, type UploadTokens } from './upload/token.ts'
import { createUploads, type Uploads } from './upload/uploads.ts'
import { createUsages, type Usages } from './usage/usages.ts'
import { createUsers, type Users } from './user/users.ts'
import { createIngest, type Ingest } from './version/ingest.ts'
import { createVersions, type Versions } from './version/versions.ts'

/** Dependencies of the services, implemented by adapters. */
export interface Ports {
  database: Database
  lanes: Lanes
  queue: Queue
  pubsub: PubSub
  storage: Storage
  incoming: IncomingFiles
  sniff: FileSniffer
  signer: Signer
  /** Null if people sign in by links only. */
  loginService: LoginService | null
  clock: Clock
  rateLimiter: RateLimiter
  log: Logger
}

export interface ServiceSettings {
  publicUrl: string
  maxUploadBytes: number
  trashDays: number
  rateLimits: RateLimitSettings
  scrubBytesPerSecond: number
  oidc: { roleClaim: string } | null
}

export interface Services {
  analytics: Analytics
  assignments: Assignments
  blobs: Blobs
  conversions: Conversions
  database: Database
  signedUrls: SignedUrls
  mediaUpdater: MediaUpdater
  duplicates: Duplicates
  eventLog: EventLog
  sequencer: Sequencer
  facets: Facets
  findFile: FindFile
  reportFault: ReportFault
  scrub: Scrub
  remake: Remake
  folders: Folders
  subscriptions: LiveSubscriptions
  history: History
  idempotency: Idempotency
  ingest: Ingest
  libraryChanges: LibraryChanges
  media: MediaLibrary
  mediaList: MediaList
  nodes: Nodes
  operations: Operations
  bulkRunner: BulkRunner
  rateLimits: RateLimits
  renditions: Renditions
  resources: Resources
  settings: Settings
  sessions: Sessions
  signInCodes: SignInCodes
  signIns: SignIns
  trash: Trash
  tags: Tags
  thumbnails: Thumbnails
  uploads: Uploads
  uploadLeases: UploadLeases
  uploadTokens: UploadTokens
  usages: Usages
  users: Users
  versions: Versions
}

export const createServices = (ports: Ports, settings: ServiceSettings): Services => {
  const { publicUrl, maxUploadBytes, trashDays, scrubBytesPerSecond } = settings
  const uploadTokens = createUploadTokens(ports)
  const reportFault = createFaultReports(ports)
  const blobs = createBlobs({ ...ports, reportFault })
  const checkpoints = createCheckpoints(ports)
  const eventLog = createEventLog({ ...ports, checkpoints })
  const users = createUsers(ports)
  const sessions = createSessions({ ...ports, users })
  return {
    blobs,
    analytics: createAnalytics(ports),
    assignments: createAssignments(ports),
    conversions: createConversions(ports),
    database: ports.database,
    signedUrls: createSignedUrls({ ...ports, publicUrl }),
    mediaUpdater: createMediaUpdater(ports),
    duplicates: createDuplicates({ ...ports, trashDays }),
    eventLog,
    sequencer: createSequencer({ ...ports, checkpoints }),
    facets: createFacets(ports),
    findFile: createFindFile(ports.database),
    reportFault,
    scrub: createScrub({ ...ports, scrubBytesPerSecond }),
    remake: createRemake(ports),
    folders: createFolders(ports),
    subscriptions: createLiveSubscriptions(ports),
    history: createHistory(ports),
    idempotency: createIdempotency(ports),
    ingest: createIngest(ports),
    libraryChanges: createLibraryChanges({ ...ports, eventLog }),
    media: createMediaLibrary(ports),
    mediaList: createMediaList(ports.database),
    nodes: createNodes(ports),
    operations: createOperations(ports),
    bulkRunner: createBulkRunner({ ...ports, trashDays }),
    rateLimits: createRateLimits({ ...ports, ...settings }),
    renditions: createRenditions(ports),
    resources: createResources(ports),
    settings: { maxUploadBytes, trashDays, undoSeconds: undoWindowMs / 1000, features: [] },
    sessions,
    signInCodes: createSignInCodes({ ...ports, users }),
    signIns: createSignIns({ ...ports, sessions, roleClaim: settings.oidc?.roleClaim ?? '' }),
    trash: createTrash({ ...ports, trashDays }),
    uploads: createUploads({ ...ports, blobs, tokens: uploadTokens, publicUrl, maxUploadBytes }),
    tags: createTags(ports),
    thumbnails: createThumbnails(ports),
    uploadLeases: createUploadLeases(ports),
    uploadTokens,
    usages: createUsages(ports),
    users,
    versions: createVersions(ports),
  }
}
