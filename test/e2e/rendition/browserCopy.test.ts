import { expect } from 'vitest'
import { MediaConvertDocument } from '../../../client/generated/documents.ts'
import { itWithWorker } from '../../harness/it.ts'
import { createQuadrantsHeif, drawQuadrants } from '../../harness/pictureSamples.ts'
import { followToEnd, readMedia } from '../../harness/world.ts'

const it = itWithWorker.extend('process', { scope: 'file' }, ({ world, users: { editor } }) => {
  return async (fileName: string, bytes: Buffer, renditions: 'THUMBNAIL'[] | null = null) => {
    const mediaId = await world.upload(editor, bytes, { fileName, renditions })
    await followToEnd(editor, mediaId)
    return mediaId
  }
})

it('a HEIC has a WebP in its full size that browsers show', async ({ users: { editor }, process }) => {
  const mediaId = await process('phone.heic', await createQuadrantsHeif(1280, 960))
  const { renditions } = await readMedia(editor, mediaId)
  expect(renditions.map(({ profile, status }) => [profile, status])).toEqual([
    ['THUMBNAIL', 'READY'],
    ['WEBP', 'READY'],
  ])
  const { url } = renditions[1] ?? {}
  const response = await fetch(url ?? '')
  expect(response.headers.get('content-type')).toBe('image/webp')
  expect(response.headers.get('content-disposition')).toContain('inline; filename="phone-webp.webp"')
  expect(Buffer.from(await response.arrayBuffer()).toString('latin1', 8, 12)).toBe('WEBP')
})

it('mediaConvert makes the WebP of a picture that was uploaded without it', async ({ users: { editor }, process }) => {
  const mediaId = await process('scan.tif', await drawQuadrants(300, 200).tiff().toBuffer(), ['THUMBNAIL'])
  await editor.send(MediaConvertDocument, { input: { mediaId, profiles: ['WEBP'] } })
  await followToEnd(editor, mediaId)
  const { renditions } = await readMedia(editor, mediaId)
  expect(renditions).toMatchObject([{ profile: 'THUMBNAIL' }, { profile: 'WEBP', status: 'READY' }])
})

it('mediaConvert refuses the WebP of a picture that browsers show', async ({ users: { editor }, process }) => {
  const mediaId = await process('photo.jpg', await drawQuadrants(300, 200).jpeg().toBuffer())
  const { mediaConvert } = await editor.send(MediaConvertDocument, { input: { mediaId, profiles: ['WEBP'] } })
  expect(mediaConvert).toMatchObject({ __typename: 'InvalidInputError', fields: [{ path: 'profiles' }] })
})
