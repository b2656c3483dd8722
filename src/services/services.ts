import { type Analytics, createAnalytics } from './analytics.ts'
import { type Assignments, createAssignments } from './assignments.ts'
import { type Blobs, createBlobs } from './blobs.ts'
import { type BulkRunner, createBulkRunner } from './bulk/run.ts'
import { createFindDeliverable, type FindDeliverable } from './deliverables.ts'
import { createDelivery, type Deliveries } from './delivery.ts'
import { createDescription, type Description } from './description.ts'
import { createDuplicates, type Duplicates } from './duplicates.ts'
import { createHeads } from './eventLog/heads.ts'
import { createSequencer, type Sequencer } from './eventLog/sequencer.ts'
import { createEventLog, type EventLog } from './eventLog.ts'
import type { FileSniffer } from './fileTypes.ts'
import { createFolders, type Folders } from './folders.ts'
import { createFollowing, type Following } from './following.ts'
import { createHistory, type History } from './history.ts'
import { createIdempotency, type Idempotency } from './idempotency.ts'
import { createIngest, type Ingest } from './ingest.ts'
import { createMediaLibrary, type MediaLibrary } from './media.ts'
import { createMediaList, type MediaList } from './mediaList.ts'
import { createNodes, type Nodes } from './nodes.ts'
import { createOperations, type Operations } from './operations.ts'
import type { Clock, Database, IncomingFiles, Log, PubSub, Queue, RateLimiter, Signer, Storage } from './ports.ts'
import { createRateLimits, type RateLimitSettings, type RateLimits } from './rateLimits.ts'
import { createRenditions, type Renditions } from './renditions.ts'
import { createResources, type Resources } from './resources.ts'
import { createTags, type Tags } from './tags.ts'
import { createTrash, type Trash } from './trash.ts'
import { createUploads, type Uploads } from './uploads.ts'
import { createUploadTokens, type UploadTokens } from './uploadToken.ts'
import { createUsages, type Usages } from './usages.ts'
import { createUsers, type Users } from './users.ts'
import { createVersions, type Versions } from './versions.ts'

/** Everything that is outside the rules. */
export interface Ports {
  database: Database
  queue: Queue
  pubsub: PubSub
  storage: Storage
  incoming: IncomingFiles
  sniff: FileSniffer
  signer: Signer
  clock: Clock
  rateLimiter: RateLimiter
  log: Log
}

export interface ServiceSettings {
  publicUrl: string
  maxUploadBytes: number
  trashDays: number
  rateLimits: RateLimitSettings
}

export interface Services {
  analytics: Analytics
  assignments: Assignments
  blobs: Blobs
  database: Database
  deliveries: Deliveries
  description: Description
  duplicates: Duplicates
  eventLog: EventLog
  sequencer: Sequencer
  findDeliverable: FindDeliverable
  folders: Folders
  following: Following
  history: History
  idempotency: Idempotency
  ingest: Ingest
  media: MediaLibrary
  mediaList: MediaList
  nodes: Nodes
  operations: Operations
  bulk: BulkRunner
  rateLimits: RateLimits
  renditions: Renditions
  resources: Resources
  trash: Trash
  tags: Tags
  uploads: Uploads
  uploadTokens: UploadTokens
  usages: Usages
  users: Users
  versions: Versions
}

export const createServices = (ports: Ports, settings: ServiceSettings): Services => {
  const { publicUrl, maxUploadBytes, trashDays } = settings
  const uploadTokens = createUploadTokens(ports)
  const blobs = createBlobs(ports)
  const heads = createHeads(ports)
  return {
    blobs,
    analytics: createAnalytics(ports),
    assignments: createAssignments(ports),
    database: ports.database,
    deliveries: createDelivery({ ...ports, publicUrl }),
    description: createDescription(ports),
    duplicates: createDuplicates({ ...ports, trashDays }),
    eventLog: createEventLog({ ...ports, heads }),
    sequencer: createSequencer({ ...ports, heads }),
    findDeliverable: createFindDeliverable(ports.database),
    folders: createFolders(ports),
    following: createFollowing(ports),
    history: createHistory(ports),
    idempotency: createIdempotency(ports),
    ingest: createIngest(ports),
    media: createMediaLibrary(ports),
    mediaList: createMediaList(ports.database),
    nodes: createNodes(ports),
    operations: createOperations(ports),
    bulk: createBulkRunner({ ...ports, trashDays }),
    rateLimits: createRateLimits({ ...ports, ...settings }),
    renditions: createRenditions(ports),
    resources: createResources(ports),
    trash: createTrash({ ...ports, trashDays }),
    uploads: createUploads({ ...ports, blobs, tokens: uploadTokens, publicUrl, maxUploadBytes }),
    tags: createTags(ports),
    uploadTokens,
    usages: createUsages(ports),
    users: createUsers(ports),
    versions: createVersions(ports),
  }
}
