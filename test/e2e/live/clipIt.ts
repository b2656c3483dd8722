import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Client, sendBytes } from '../../../client/client.ts'
import type { MediaUploadCreateInput } from '../../../client/generated/documents.ts'
import { itWithWorker } from '../../harness/it.ts'
import { createTicket } from '../../harness/tickets.ts'

/** Creates a video of six seconds, whose conversion to WebM takes some seconds. */
const makeLongClip = async (ffmpegPath: string): Promise<Buffer> => {
  const folder = await mkdtemp(join(tmpdir(), 'mediagraph-long-'))
  const path = join(folder, 'long.mp4')
  const source = 'testsrc2=size=640x360:rate=24:duration=6'
  const encode = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', path]
  await promisify(execFile)(ffmpegPath, ['-v', 'error', '-f', 'lavfi', '-i', source, ...encode])
  const bytes = await readFile(path)
  await rm(folder, { recursive: true })
  return bytes
}

/** Creates the ticket of a clip, which `send` transfers. */
export const createUpload = async (client: Client, bytes: Buffer, input: Partial<MediaUploadCreateInput> = {}) => {
  const { target, upload } = await createTicket(client, { fileName: 'clip.mp4', ...input, sizeBytes: bytes.length })
  const send = () => sendBytes(target, bytes, { sizeBytes: bytes.length })
  return { mediaId: upload.mediaId, uploadId: upload.id, send }
}

/** `it` with the bytes of two videos: one that is converted at once, one that takes some seconds. */
export const it = itWithWorker
  .extend('clip', { scope: 'file' }, async ({ files }) => readFile(await files.pathOf('silent.mp4')))
  .extend('longClip', { scope: 'file' }, ({ files }) => makeLongClip(files.binaries.ffmpegPath))
