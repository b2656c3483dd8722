import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from '../../client/client.ts'
import { MediaListDocument } from '../../client/generated/documents.ts'
import { drawPicture, imageShape } from '../../prisma/seed/drawing.ts'
import { subjects } from '../../prisma/seed/words.ts'
import { print, printRequest, printResponse } from './terminal.ts'
import { upload, waitForProcessing } from './upload.ts'

const tag = 'landscapes'
const picturesPerSubject = 4

/** Uploads pictures under the topics of several subjects, unless an earlier run did: a library to look at in the console. */
export const fillLibrary = async (client: Client, folder: string): Promise<void> => {
  print('\nFill the library with pictures, to look at in the console:')
  const { mediaList } = await client.send(MediaListDocument, { filter: { tagsAll: [tag] }, first: 1 })
  if (mediaList.totalCount > 0) return printResponse(`${mediaList.totalCount} pictures are there already`)
  await mkdir(folder, { recursive: true })
  printRequest('mediaUploadCreate, then the bytes, per picture')
  let count = 0
  const add = async (subject: string, title: string): Promise<void> => {
    count += 1
    const path = join(folder, `${title.toLowerCase().replaceAll(' ', '-')}.jpg`)
    await drawPicture(count, imageShape(count)).jpeg({ quality: 85 }).toFile(path)
    const { mediaId, sending } = await upload(client, path, { input: { title, tags: [tag, subject] } })
    await Promise.all([sending, waitForProcessing(client, mediaId)])
  }
  for (const [subject, topics] of Object.entries(subjects))
    await Promise.all(topics.slice(0, picturesPerSubject).map((topic) => add(subject, topic)))
  printResponse(`${count} pictures with thumbnails`)
}
