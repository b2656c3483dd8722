import crypto from 'node:crypto'
import { Readable } from 'node:stream'
import S3rver from '@20minutes/s3rver'

/** Creates an S3 server from the npm package with the fewest faults, and works around those. `s3.ts` checks signatures. */
export const createS3Server = (options: { port: number; directory: string; bucket: string }): S3rver => {
  const { port, directory, bucket } = options
  const server = new S3rver({
    address: '127.0.0.1',
    port,
    directory,
    silent: true,
    vhostBuckets: false,
    allowMismatchedSignatures: true,
    configureBuckets: [{ name: bucket }],
  })
  // It logs errors to stderr when a request is still open at shutdown.
  server.logger.silent = true
  fixFirstByteRange(server)
  return server
}

/** Answers the range 0-0 with one byte: the server would send the whole object. */
const fixFirstByteRange = ({ store }: S3rver): void => {
  const getObject = store.getObject.bind(store)
  store.getObject = async (bucket, key, range) => {
    const object = await getObject(bucket, key, range)
    if (range?.end !== 0 || !object?.content) return object
    for await (const chunk of object.content) {
      object.content = Readable.from([chunk.subarray(0, 1)])
      break
    }
    object.range = { start: 0, end: 0 }
    return object
  }
}

type CipherFactory<Cipher> = (name: string, key: Buffer, iv: Buffer) => Cipher
const double = (bytes: Buffer): Buffer => Buffer.concat([bytes, bytes])

/** Replaces DES by AES: the server encrypts the continuation tokens of lists with DES, which OpenSSL no longer provides. */
const withoutDes =
  <Cipher>(create: CipherFactory<Cipher>): CipherFactory<Cipher> =>
  (name, key, iv) =>
    name === 'des' ? create('aes-128-cbc', double(key), double(iv)) : create(name, key, iv)

Object.assign(crypto, {
  createCipheriv: withoutDes(crypto.createCipheriv),
  createDecipheriv: withoutDes(crypto.createDecipheriv),
})
