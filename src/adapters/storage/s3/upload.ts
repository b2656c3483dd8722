import { type FileHandle, open } from 'node:fs/promises'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'

/** The least that a part may be, and more of it only where the file would have too many. */
const minPartBytes = 5 * 1024 * 1024
const maxParts = 10_000
const maxConcurrentParts = 4

interface Address {
  Bucket: string
  Key: string
}

/** In parts where it is larger than one; whole or not at all. */
export const uploadFile = async (client: S3Client, object: Address, path: string): Promise<void> => {
  await using file = await open(path)
  const { size } = await file.stat()
  if (size > minPartBytes) return await uploadParts(client, object, file, size)
  const bytes = await readAt(file, Buffer.allocUnsafeSlow(size), 0)
  await client.send(new PutObjectCommand({ ...object, Body: bytes }))
}

/**
 * Each sender reads all of its parts into one piece of memory, so that it is never more than these. The SDK's own
 * upload takes new memory for every part and leaves a hundred megabytes of it to the garbage collector.
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
    // None may go on reading when the file is closed.
    await Promise.all(senders.map((sender) => sender.catch((error: unknown) => abortController.abort(error))))
    abortController.signal.throwIfAborted()
    await client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } }))
  } catch (error) {
    // What went wrong first is what is told.
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => {})
    throw error
  }
}

const readAt = async (file: FileHandle, buffer: Buffer, start: number): Promise<Buffer> => {
  for (let filled = 0; filled < buffer.length; ) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, start + filled)
    if (bytesRead === 0) throw new Error('The file has become shorter while it was stored.')
    filled += bytesRead
  }
  return buffer
}
