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
import { builder } from './builder.ts'

export const MediaKindEnum = builder.enumType(MediaKind, { name: 'MediaKind' })
export const MediaStatusEnum = builder.enumType(MediaStatus, {
  name: 'MediaStatus',
  description:
    'Of the current version: its bytes are being examined, can be shown, or cannot be used. Renditions have a status of their own.',
})
export const RenditionProfileEnum = builder.enumType(RenditionProfile, {
  name: 'RenditionProfile',
  description:
    'THUMBNAIL: a representative frame, a picture of the sound, or the picture itself, at most 640 pixels wide. GIF: up to 6 silent seconds, at most 480 pixels wide. WEBM: VP9 and Opus up to 720p; of audio, Opus alone.',
})
export const RenditionStatusEnum = builder.enumType(RenditionStatus, { name: 'RenditionStatus' })
export const UploadStatusEnum = builder.enumType(UploadStatus, {
  name: 'UploadStatus',
  description: 'WAITING for the first byte, RECEIVING, or ended in one of the other ways.',
})
export const OperationStatusEnum = builder.enumType(OperationStatus, {
  name: 'OperationStatus',
  description: 'PARTIALLY_COMPLETED: some items failed. FAILED: all of them, or, with REJECT_EVERYTHING, any.',
})
export const ErrorPolicyEnum = builder.enumType(ErrorPolicy, {
  name: 'ErrorPolicy',
  description:
    'REJECT_EVERYTHING: validated first, then one transaction of at most 10,000 items. REJECT_FAILED_ROWS: item by item, resumed after a crash.',
})
export const AssignmentStatusEnum = builder.enumType(AssignmentStatus, {
  name: 'AssignmentStatus',
  description: 'ENDED: the media was deleted by force, or the batch withdrawn.',
})
export const RoleEnum = builder.enumType(Role, { name: 'Role' })
export const UserKindEnum = builder.enumType(UserKind, {
  name: 'UserKind',
  description: 'A person, or a program with a token of its own.',
})
