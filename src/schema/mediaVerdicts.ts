import {
  assignRules,
  deleteRules,
  purgeRules,
  replaceRules,
  restoreRules,
  updateRules,
} from '../services/kernel/mediaRules.ts'
import { decide } from '../services/kernel/rules.ts'
import { builder } from './builder.ts'
import { MediaType } from './media.ts'
import { VerdictType } from './verdict.ts'

const ownerColumns = { id: true, uploadedById: true, deletedAt: true } as const

builder.prismaObjectFields(MediaType, (t) => ({
  viewerCanUpdate: t.field({
    type: VerdictType,
    extensions: { dependsOnCaller: true },
    description: 'Whether the caller may change the media, as by `mediaUpdate`. It must be outside the trash.',
    select: ownerColumns,
    resolve: (media, _args, { actor }) => ({ decision: decide(updateRules, actor, media) }),
  }),
  viewerCanReplace: t.field({
    type: VerdictType,
    extensions: { dependsOnCaller: true },
    description:
      'Whether the caller may upload a new version of the media, by `mediaUploadCreate` with `replaces`. It must be outside the trash.',
    select: ownerColumns,
    resolve: (media, _args, { actor }) => ({ decision: decide(replaceRules, actor, media) }),
  }),
  viewerCanDelete: t.field({
    type: VerdictType,
    extensions: { dependsOnCaller: true },
    description:
      'Whether the caller may delete the media by `mediaDelete` without `force`. It must be unused and outside the trash.',
    select: { ...ownerColumns, usageCount: true, assignmentCount: true },
    resolve: (media, _args, { actor }) => ({ decision: decide(deleteRules, actor, media) }),
  }),
  viewerCanRestore: t.field({
    type: VerdictType,
    extensions: { dependsOnCaller: true },
    description: 'Whether the caller may restore the media by `mediaRestore`. It must be in the trash.',
    select: ownerColumns,
    resolve: (media, _args, { actor }) => ({ decision: decide(restoreRules, actor, media) }),
  }),
  viewerCanPurge: t.field({
    type: VerdictType,
    description:
      'Whether the caller may delete the media permanently by `mediaPurge`. It must be in the trash, and the caller an admin.',
    select: { id: true, deletedAt: true },
    resolve: (media, _args, { actor }) => ({ decision: decide(purgeRules, actor, media) }),
  }),
  viewerCanAssign: t.field({
    type: VerdictType,
    description:
      'Whether the caller may assign the media to users by `assignmentCreate`. It must be READY and outside the trash.',
    select: { id: true, title: true, status: true, deletedAt: true },
    resolve: (media, _args, { actor }) => ({ decision: decide(assignRules, actor, media) }),
  }),
}))
