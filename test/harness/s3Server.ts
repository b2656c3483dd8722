import crypto from 'node:crypto'
import { Readable } from 'node:stream'
import S3rver from '@20minutes/s3rver'

/** The server on npm that is least wrong, without its faults. Signatures are checked in front of it. */
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
  // It complains on stderr where a request outlives it.
  server.logger.silent = true
  fixFirstByteRange(server)
  return server
}

/** It takes the range 0-0 for everything. */
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

/** It hides in a list's token where the next page begins, by a cipher that OpenSSL has given up. */
const withoutDes =
  <Cipher>(create: CipherFactory<Cipher>): CipherFactory<Cipher> =>
  (name, key, iv) =>
    name === 'des' ? create('aes-128-cbc', double(key), double(iv)) : create(name, key, iv)

Object.assign(crypto, {
  createCipheriv: withoutDes(crypto.createCipheriv),
  createDecipheriv: withoutDes(crypto.createDecipheriv),
})
