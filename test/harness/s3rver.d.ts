declare module '@20minutes/s3rver' {
  import type { Server } from 'node:http'
  import type { AddressInfo } from 'node:net'
  import type { Readable } from 'node:stream'

  interface Range {
    start?: number
    end?: number
  }

  /** Members that the tests use. */
  class S3rver {
    constructor(options: {
      address: string
      port: number
      directory: string
      silent: boolean
      vhostBuckets: boolean
      allowMismatchedSignatures: boolean
      configureBuckets: { name: string }[]
    })
    httpServer: Server
    logger: { silent: boolean }
    store: {
      getObject(bucket: string, key: string, range?: Range): Promise<{ content: Readable; range?: Range } | null>
    }
    run(): Promise<AddressInfo>
    close(): Promise<void>
  }
  export = S3rver
}
