import { type FileHandle, open } from 'node:fs/promises'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'

/** Size of a part: the minimum that S3 allows, and more only if the file would have too many parts. */
const minPartBytes = 5 * 1024 * 1024
const maxParts = 10_000
const maxConcurrentParts = 4

interface Address {
  Bucket: string
  Key: string
}

/** Uploads a file, in parts if it is larger than one part. The object appears completely or not at all. */
export const uploadFile = async (client: S3Client, object: Address, path: string): Promise<void> => {
  await using file = await open(path)
  const { size } = await file.stat()
  if (size > minPartBytes) return await uploadParts(client, object, file, size)
  const bytes = await readAt(file, Buffer.allocUnsafeSlow(size), 0)
  await client.send(new PutObjectCommand({ ...object, Body: bytes }))
}

/**
 * Uploads a file in parts. Each sender reads all of its parts into one buffer, so that no more memory is used. The
 * SDK's own upload allocates memory for every part and leaves a hundred megabytes of it to the garbage collector.
 */
const uploadParts = async (client: S3Client, object: Address, file: FileHandle, size: number): Promise<void> => {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(object))
  const upload = { ...object, UploadId }
  const partBytes = Math.max(minPartBytes, Math.ceil(size / maxParts))
  const parts = Array.from({ length: Math.ceil(size / partBytes) }, (_, index) => ({ PartNumber: index + 1, ETag: '' }))
  const pendingParts = parts.values()
  const abortController = new AbortController()

  const send = async (): Promise<void> => {
    const buffer = Buffer.allocUnsafeSlow(partBytes)
    for (const part of pendingParts) {
      const { PartNumber } = part
      const start = (PartNumber - 1) * partBytes
      const Body = await readAt(file, buffer.subarray(0, Math.min(partBytes, size - start)), start)
      const command = new UploadPartCommand({ ...upload, PartNumber, Body })
      const { ETag } = await client.send(command, { abortSignal: abortController.signal })
      part.ETag = ETag ?? ''
    }
  }

  try {
    const senders = Array.from({ length: Math.min(maxConcurrentParts, parts.length) }, send)
    // Waits for all senders: none may read after the file is closed.
    await Promise.all(senders.map((sender) => sender.catch((error: unknown) => abortController.abort(error))))
    abortController.signal.throwIfAborted()
    await client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } }))
  } catch (error) {
    // An error of the abort must not replace the original one.
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => {})
    throw error
  }
}

const readAt = async (file: FileHandle, buffer: Buffer, start: number): Promise<Buffer> => {
  for (let filled = 0; filled < buffer.length; ) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, start + filled)
    if (bytesRead === 0) throw new Error('The file was truncated while it was uploaded.')
    filled += bytesRead
  }
  return buffer
}
