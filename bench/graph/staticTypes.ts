/** Data of the static server, in the shape of the answers, with dates as values. */
export interface Rendition {
  id: string
  profile: string
  status: string
  percent: number
  mimeType: string | null
  sizeBytes: number | null
  width: number | null
  height: number | null
}

export interface Version {
  id: string
  number: number
  status: string
  sizeBytes: number
  createdAt: Date
  renditions: Rendition[]
}

export interface Resource {
  id: string
  type: string
  externalId: string
  title: string | null
}

export interface Usage {
  id: string
  linkedAt: Date
  resource: Resource
}

export interface Event {
  id: string
  at: Date
  action: string
  data: unknown
}

export interface Nodes<Item> {
  nodes: Item[]
}

export interface Media {
  id: string
  title: string
  fileName: string
  kind: string
  status: string
  mimeType: string
  sizeBytes: number
  uploadedAt: Date
  tags: string[]
  usageCount: number
  usages: Nodes<Usage>
  history: Nodes<Event>
  versions: Nodes<Version>
  renditions: Rendition[]
}

export interface MediaList {
  edges: { node: Media }[]
  pageInfo: { hasNextPage: boolean }
}
