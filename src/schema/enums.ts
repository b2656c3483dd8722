import {
  AssignmentStatus,
  ErrorPolicy,
  MediaKind,
  MediaStatus,
  OperationStatus,
  RenditionProfile,
  RenditionStatus,
  Role,
  UploadStatus,
  UserKind,
} from '../../prisma/generated/client/enums.ts'
import type { ThumbnailWidth } from '../services/rendition/thumbnailWidths.ts'
import { builder } from './builder.ts'

export const MediaKindEnum = builder.enumType(MediaKind, {
  name: 'MediaKind',
  description: 'Kind of a file, detected from its bytes. It decides which renditions the file can have.',
  values: {
    VIDEO: { description: 'A moving picture, with or without sound. It can have THUMBNAIL, GIF and WEBM renditions.' },
    AUDIO: { description: 'Sound without a picture. It can have THUMBNAIL and WEBM renditions.' },
    IMAGE: {
      description:
        'A still or animated image, or an SVG. It has a THUMBNAIL rendition if the server can decode it, and a WEBP rendition if browsers cannot show it.',
    },
    DOCUMENT: { description: 'A text, PDF or office file. It has no renditions.' },
    OTHER: { description: 'Any other file, or one whose type is not known yet. It has no renditions.' },
  },
})

export const MediaStatusEnum = builder.enumType(MediaStatus, {
  name: 'MediaStatus',
  description:
    'State of the bytes of a version, or of the current version of a media. Renditions have their own status.',
  values: {
    PROCESSING: { description: 'The worker is examining the bytes, or will do so.' },
    READY: { description: 'The bytes were examined and can be shown. Renditions may still be in progress.' },
    FAILED: { description: 'The bytes cannot be used; `failure` says why.' },
  },
})

export const RenditionProfileEnum = builder.enumType(RenditionProfile, {
  name: 'RenditionProfile',
  description: 'Kind of a rendition. A version has at most one rendition per profile.',
  values: {
    THUMBNAIL: {
      description:
        'A still image of at most 640 pixels in width: a representative frame of a video, the waveform of an audio file, or a smaller copy of an image.',
    },
    GIF: { description: 'A silent animation of up to 6 seconds and at most 480 pixels in width. Only for videos.' },
    WEBM: {
      description: 'A WebM file: VP9 video up to 720p with Opus sound; for audio files, Opus sound alone.',
    },
    WEBP: {
      description:
        'A still WebP image for browsers, upright, in sRGB and in the size of the original, at most 67 megapixels and 16,383 pixels per side. Only for HEIC, HEIF and TIFF images.',
    },
  },
})

export const ThumbnailWidthEnum = builder.enumType('ThumbnailWidth', {
  description: 'Width of a thumbnail. Its height follows from the aspect ratio of the picture.',
  values: {
    W160: { value: 160, description: '160 pixels, for rows of a list.' },
    W320: { value: 320, description: '320 pixels, for cards.' },
    W640: { value: 640, description: '640 pixels, for a large picture, or for cards on screens of high density.' },
  } satisfies Record<string, { value: ThumbnailWidth; description: string }>,
})

export const RenditionStatusEnum = builder.enumType(RenditionStatus, {
  name: 'RenditionStatus',
  description: 'State of the conversion that makes a rendition.',
  values: {
    QUEUED: { description: 'The rendition waits for a worker.' },
    PROCESSING: { description: 'A worker is making the rendition; `percent` shows the progress.' },
    READY: {
      description:
        'The rendition is finished and has a `url`. It is QUEUED again if its stored file is found to be missing or damaged.',
    },
    FAILED: { description: 'The conversion failed; `failure` says why. `renditionRetry` queues it again.' },
    CANCELLED: { description: 'A user cancelled the conversion. `renditionRetry` queues it again.' },
  },
})

export const UploadStatusEnum = builder.enumType(UploadStatus, {
  name: 'UploadStatus',
  description: 'State of an upload. WAITING and RECEIVING uploads accept bytes; the other states are final.',
  values: {
    WAITING: { description: 'No byte has arrived yet.' },
    RECEIVING: { description: 'Some bytes have arrived; the upload can be resumed.' },
    COMPLETED: { description: 'All bytes have arrived, and the media or its new version exists.' },
    FAILED: { description: 'All bytes have arrived, but no media could be created from them; `failure` says why.' },
    CANCELLED: { description: 'The upload was cancelled and its bytes were removed.' },
    EXPIRED: { description: 'No byte arrived for a day, so the upload was ended and its bytes were removed.' },
  },
})

export const OperationStatusEnum = builder.enumType(OperationStatus, {
  name: 'OperationStatus',
  description: 'State of a bulk operation. QUEUED and RUNNING operations are unfinished; the other states are final.',
  values: {
    QUEUED: { description: 'The operation waits for a worker.' },
    RUNNING: { description: 'A worker is processing the items.' },
    COMPLETED: { description: 'All items succeeded.' },
    PARTIALLY_COMPLETED: { description: 'Some items succeeded and some failed; `failures` lists the failed ones.' },
    FAILED: {
      description:
        'All items failed; or any item failed under REJECT_EVERYTHING, which then changed nothing; or the server gave up after repeated errors.',
    },
    CANCELLED: { description: 'A user cancelled the operation. Items that were processed before stay changed.' },
  },
})

export const ErrorPolicyEnum = builder.enumType(ErrorPolicy, {
  name: 'ErrorPolicy',
  description: 'How a bulk operation handles items that cannot be changed.',
  values: {
    REJECT_EVERYTHING: {
      description:
        'Validates all items first, then changes all of them in one transaction; a single failure rejects them all. At most 10,000 items.',
    },
    REJECT_FAILED_ROWS: {
      description:
        'Changes every item that can be changed and lists the others in `failures`. Any number of items; resumes after a crash.',
    },
  },
})

export const AssignmentStatusEnum = builder.enumType(AssignmentStatus, {
  name: 'AssignmentStatus',
  description: 'State of an assignment. A user has at most one CURRENT assignment.',
  values: {
    CURRENT: { description: 'The user has this media now.' },
    REPLACED: {
      description: 'A later assignment replaced this one. It is CURRENT again if that one is undone in time.',
    },
    UNDONE: { description: '`assignmentUndo` took the assignment back.' },
    ENDED: {
      description:
        'The media was deleted with `force`, or `assignmentBatchUndo` took the batch back. After a forced delete, restoring the media makes the assignment CURRENT again if the user has no other.',
    },
  },
})

export const RoleEnum = builder.enumType(Role, {
  name: 'Role',
  description: 'Rights of a user. Each role includes the rights of the one before: VIEWER, EDITOR, ADMIN.',
  values: {
    VIEWER: {
      description: 'Reads media, folders, resources and courses, and their own uploads, operations and assignments.',
    },
    EDITOR: {
      description:
        'Also uploads, changes, deletes and restores their own media, links any media, changes folders, assigns media, and reads users, the history of a media and analytics.',
    },
    ADMIN: {
      description:
        'Also changes any media, deletes with `force`, purges, reads the audit log, and sees the operations and uploads of others.',
    },
  },
})

export const UserKindEnum = builder.enumType(UserKind, {
  name: 'UserKind',
  description: 'Whether a user is a person or a program. It does not affect rights.',
  values: {
    PERSON: { description: 'A person.' },
    SERVICE: { description: 'A program, such as an LMS or an integrator, with a token of its own.' },
  },
})
