import { mkdtemp, rm } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './port.ts'
import { createS3Server } from './s3Server.ts'
import { findSignatureError } from './s3Signature.ts'

export interface TestS3 {
  /** `http://127.0.0.1:<port>` */
  endpoint: string
  bucket: string
  /** Method, path and query of all requests so far. Empty the array before the requests that a test counts. */
  requests: string[]
  /** Answers 503 to every request that the predicate accepts (in the form of `requests`), until the next call replaces it. */
  refuse(isRefused: (request: string) => boolean): void
  /** `STORAGE_URL` of the bucket, or of a key prefix in it. */
  url(prefix?: string): string
  /** Breaks all connections and closes the port, as if the host were unreachable. Stored objects remain. */
  stop(): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

/** The only credentials that the server accepts. */
const credentials = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' }
const s3Credentials = { accessKeyId: credentials.AWS_ACCESS_KEY_ID, secretAccessKey: credentials.AWS_SECRET_ACCESS_KEY }

/** Sets the AWS credentials of this process and keeps the SDK from reading the machine's own configuration. */
export const setS3Credentials = (overrides: Partial<typeof credentials> = {}): void => {
  Object.assign(process.env, credentials, overrides, {
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/nowhere',
    AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
  })
}

/** Starts a real S3 server on loopback with one bucket. It refuses requests without a valid signature. */
export const startS3 = async (): Promise<TestS3> => {
  const directory = await mkdtemp(join(tmpdir(), 's3-'))
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const bucket = 'media-test'
  const requests: string[] = []
  let server: ReturnType<typeof createS3Server> | null = null
  let isRefused = (_request: string): boolean => false

  /** Wraps the server's request listener: records the request and refuses it where a check fails. */
  const interceptRequests =
    (serve: RequestListener): RequestListener =>
    (req, res) => {
      const request = `${req.method} ${req.url}`
      requests.push(request)
      const refuse = (status: number, code: string) =>
        res.writeHead(status, { Connection: 'close' }).end(`<Error><Code>${code}</Code></Error>`)
      if (isRefused(request)) return refuse(503, 'SlowDown')
      // Only AWS supports these checksum headers; other S3-compatible vendors reject them.
      if (/x-amz-(?:sdk-)?checksum/i.test([req.url, ...req.rawHeaders].join())) return refuse(501, 'NotImplemented')
      const code = findSignatureError(req, s3Credentials)
      if (code !== null) return refuse(403, code)
      serve(req, res)
    }

  const start = async () => {
    if (server !== null) return
    server = createS3Server({ port, directory, bucket })
    await server.run()
    const [serve] = server.httpServer.listeners('request')
    server.httpServer.removeAllListeners('request')
    server.httpServer.on('request', interceptRequests(serve as RequestListener)) // as: a listener of the event `request`
  }
  const stop = async () => {
    server?.httpServer.closeAllConnections()
    await server?.close()
    server = null
  }
  await start()
  setS3Credentials()
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
