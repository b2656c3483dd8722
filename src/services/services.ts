import { createFindDeliverable, type FindDeliverable } from './deliverables.ts'
import { createDelivery, type Deliveries } from './delivery.ts'
import type { FileSniffer } from './fileTypes.ts'
import { createFollowing, type Following } from './following.ts'
import { createHistory, type History } from './history.ts'
import { createIngest, type Ingest } from './ingest.ts'
import { createMediaLibrary, type MediaLibrary } from './media.ts'
import { createNodes, type Nodes } from './nodes.ts'
import type { Clock, Database, IncomingFiles, Log, PubSub, Queue, Signer, Storage } from './ports.ts'
import { createRenditions, type Renditions } from './renditions.ts'
import { createUploads, type Uploads } from './uploads.ts'
import { createUploadTokens, type UploadTokens } from './uploadToken.ts'
import { createUsers, type Users } from './users.ts'

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
  log: Log
}

export interface ServiceSettings {
  publicUrl: string
  maxUploadBytes: number
}

export interface Services {
  database: Database
  deliveries: Deliveries
  findDeliverable: FindDeliverable
  following: Following
  history: History
  ingest: Ingest
  media: MediaLibrary
  nodes: Nodes
  renditions: Renditions
  uploads: Uploads
  uploadTokens: UploadTokens
  users: Users
}

export const createServices = (ports: Ports, { publicUrl, maxUploadBytes }: ServiceSettings): Services => {
  const uploadTokens = createUploadTokens(ports)
  return {
    database: ports.database,
    deliveries: createDelivery({ ...ports, publicUrl }),
    findDeliverable: createFindDeliverable(ports.database),
    following: createFollowing(ports),
    history: createHistory(ports),
    ingest: createIngest(ports),
    media: createMediaLibrary(ports),
    nodes: createNodes(ports),
    renditions: createRenditions(ports),
    uploads: createUploads({ ...ports, tokens: uploadTokens, publicUrl, maxUploadBytes }),
    uploadTokens,
    users: createUsers(ports),
  }
}
