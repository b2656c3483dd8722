import { expect, it } from 'vitest'
import { toImageUrl, toSources, toViewer, type Viewable } from '../../../console/src/parts/media/viewable.ts'
import { inlineTypes } from '../../../src/server/disposition.ts'

const media: Viewable = {
  ...{ versionId: 'MediaVersion:1', title: 'A file', altText: null, status: 'READY', url: '/original' },
  ...{ thumbnail: null, width: null, height: null, durationSeconds: null, renditions: [] },
  ...{ kind: 'VIDEO', mimeType: 'video/mp4' },
}
const rendition = (profile: 'WEBM' | 'WEBP', status: 'READY' | 'PROCESSING' = 'READY') => ({
  ...{ profile, status, url: status === 'READY' ? `/${profile}` : null, mimeType: null },
})

it('plays the WebM rendition before the original', () => {
  const sources = toSources({ ...media, renditions: [rendition('WEBM')] }, () => true)
  expect(sources.map(({ url }) => url)).toEqual(['/WEBM', '/original'])
})

it('plays the original while the rendition is made', () => {
  const sources = toSources({ ...media, renditions: [rendition('WEBM', 'PROCESSING')] }, () => true)
  expect(sources.map(({ url }) => url)).toEqual(['/original'])
})

it('does not play an original that the browser does not know', () => {
  expect(toSources({ ...media, mimeType: 'video/x-matroska' }, () => false)).toEqual([])
})

it('shows the WebP rendition of an image that browsers cannot show', () => {
  const image = { ...media, kind: 'IMAGE', mimeType: 'image/heic', thumbnail: '/thumbnail' } as const
  expect(toImageUrl({ ...image, renditions: [rendition('WEBP')] })).toBe('/WEBP')
  expect(toImageUrl(image)).toBe('/thumbnail')
})

it.for([...inlineTypes])('has a viewer for %s, which the server delivers to be shown', (mimeType) => {
  const kind = mimeType.startsWith('image/') ? 'IMAGE' : mimeType.startsWith('audio/') ? 'AUDIO' : 'VIDEO'
  const isDocument = mimeType === 'application/pdf' || mimeType === 'text/plain'
  const viewable: Viewable = { ...media, mimeType, kind: isDocument ? 'DOCUMENT' : kind }
  expect(toViewer(viewable)).not.toBe('none')
  if (kind === 'IMAGE') expect(toImageUrl(viewable)).toBe('/original')
})

it.for(['text/csv', 'text/vtt', 'application/json'])('reads %s as text', (mimeType) => {
  expect(toViewer({ ...media, kind: 'DOCUMENT', mimeType })).toBe('text')
})

it.for(['text/rtf', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'])(
  'does not read %s as text',
  (mimeType) => {
    expect(toViewer({ ...media, kind: 'DOCUMENT', mimeType })).toBe('none')
  },
)

it('shows no file that is not ready', () => {
  expect(toViewer({ ...media, status: 'PROCESSING' })).toBe('none')
})
