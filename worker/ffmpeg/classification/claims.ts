import type { FileSignature } from '../fileSignature.ts'

const mediaExtensions = new Set(
  (
    'mp4 m4v mov qt mkv webm avi wmv asf flv f4v mpg mpeg mpe m2v vob m2ts 3gp 3g2 ogv mxf dv ' +
    'mp3 m4a m4b aac wav wave w64 flac ogg oga opus wma aif aiff aifc amr ac3 ape caf wv tta au ' +
    'jpg jpeg jpe jfif png apng gif webp bmp tif tiff heic heif avif'
  ).split(' '),
)
const playlistExtensions = new Set('m3u m3u8 pls asx wpl xspf mpd smil smi ffconcat sdp ram'.split(' '))
const playlistTypePattern = /mpegurl|scpls|dash\+xml|^application\/sdp$/

export const extensionOf = (fileName: string): string => /\.([a-z0-9]{1,10})$/i.exec(fileName)?.[1]?.toLowerCase() ?? ''

/** True if the name or the sender claims that the file is a video, sound or picture. */
export const claimsMedia = ({ fileName, declaredMimeType }: FileSignature): boolean => {
  const extension = extensionOf(fileName)
  // Browsers declare every .ts file as video/mp2t, TypeScript sources too, so the extension claims nothing.
  if (extension === 'ts' || extension === 'mts') return false
  if (mediaExtensions.has(extension)) return true
  return /^(video|audio|image)\/(?!svg|midi|vnd\.|x-)/.test(declaredMimeType ?? '')
}

export const claimsPlaylist = ({ fileName, declaredMimeType }: FileSignature): boolean =>
  playlistExtensions.has(extensionOf(fileName)) || playlistTypePattern.test(declaredMimeType ?? '')
