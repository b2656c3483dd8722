import { mkdtemp, rm } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './port.ts'
import { createS3Server } from './s3Server.ts'
import { refusalOf } from './s3Signature.ts'

export interface TestS3 {
  /** `http://127.0.0.1:<port>` */
  endpoint: string
  bucket: string
  /** Method and path with query of every request so far; empty it before what is to be counted. */
  requests: string[]
  /** Answers 503 to requests of which this is true, given as in `requests`; until it is told otherwise. */
  refuse(isRefused: (request: string) => boolean): void
  /** A `STORAGE_URL` for the bucket, or for a folder of it. */
  url(prefix?: string): string
  /** Every connection breaks and the port is closed, as if the machine were gone. What is stored stays. */
  stop(): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

/** The only ones that the server knows. */
const credentials = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' }
const s3Credentials = { accessKeyId: credentials.AWS_ACCESS_KEY_ID, secretAccessKey: credentials.AWS_SECRET_ACCESS_KEY }

/** For the credentials chain of this process; nothing of the machine's own is looked at. */
export const useCredentials = (overrides: Partial<typeof credentials> = {}): void => {
  Object.assign(process.env, credentials, overrides, {
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/nowhere',
    AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
  })
}

/** A real S3 server on loopback with one bucket, which nobody may touch without a right signature. */
export const startS3 = async (): Promise<TestS3> => {
  const directory = await mkdtemp(join(tmpdir(), 's3-'))
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const bucket = 'media-test'
  const requests: string[] = []
  let server: ReturnType<typeof createS3Server> | null = null
  let isRefused = (_request: string): boolean => false

  /** In front of the server's own listener. */
  const interceptRequests =
    (serve: RequestListener): RequestListener =>
    (req, res) => {
      const request = `${req.method} ${req.url}`
      requests.push(request)
      const refuse = (status: number, code: string) =>
        res.writeHead(status, { Connection: 'close' }).end(`<Error><Code>${code}</Code></Error>`)
      if (isRefused(request)) return refuse(503, 'SlowDown')
      // AWS's own checksums, which other vendors do not know.
      if (/x-amz-(?:sdk-)?checksum/i.test([req.url, ...req.rawHeaders].join())) return refuse(501, 'NotImplemented')
      const code = refusalOf(req, s3Credentials)
      if (code !== null) return refuse(403, code)
      serve(req, res)
    }

  const start = async () => {
    if (server !== null) return
    server = createS3Server({ port, directory, bucket })
    await server.run()
    const [serve] = server.httpServer.listeners('request')
    server.httpServer.removeAllListeners('request')
    server.httpServer.on('request', interceptRequests(serve as RequestListener)) // as: what listens to requests
  }
  const stop = async () => {
    server?.httpServer.closeAllConnections()
    await server?.close()
    server = null
  }
  await start()
  useCredentials()
  return {
    endpoint,
    bucket,
    requests,
    refuse: (predicate) => {
      isRefused = predicate
    },
    url: (prefix = '') => `s3://${bucket}/${prefix}?endpoint=${encodeURIComponent(endpoint)}`,
    start,
    stop,
    async close() {
      await stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
