import type { MediaFilter } from '../src/services/media/filter.ts'
import type { MediaOrder } from '../src/services/media/order.ts'

export type Case = [name: string, filter: MediaFilter, by?: MediaOrder['by'], direction?: MediaOrder['direction']]

export interface Samples {
  folderId: string
  /** Folder with many others below it. */
  topFolderId: string
  userId: string
  deletedById: string
  /** Ids of the 1,000 oldest media. */
  oldestIds: string[]
  sha256: string
  course: { source: string; type: string; externalId: string }
  /** Title with a rare name. */
  title: string
  /** File name with a number that only one media has. */
  fileName: string
  /** Sixteen words of one media. */
  words: string
}

export const cases = (samples: Samples): Case[] => [...listKeyCases(samples), ...generalCases(samples)]

/** Cases of folders, ids, texts, durations and the trash. */
const listKeyCases = ({ folderId, topFolderId, userId, deletedById, oldestIds }: Samples): Case[] => [
  ['by title', {}, 'TITLE', 'ASC'],
  ['by duration', {}, 'DURATION'],
  ['by duration, shortest first', {}, 'DURATION', 'ASC'],
  ['by time of deletion', {}, 'DELETED_AT'],
  ['a rare kind by time of deletion', { kinds: ['OTHER'] }, 'DELETED_AT'],
  ['in the trash by time of deletion', { trashed: true }, 'DELETED_AT'],
  ['in the trash by time of purge', { trashed: true }, 'PURGE_AT', 'ASC'],
  ['in the trash, deleted by one user', { trashed: true, deletedById }, 'DELETED_AT'],
  ['in the trash, deleted by one user, by title', { trashed: true, deletedById }, 'TITLE', 'ASC'],
  ['outside the trash, deleted by one user', { deletedById }],
  ['at the root', { atRoot: true }],
  ['at the root by title', { atRoot: true }, 'TITLE', 'ASC'],
  ['at the root, a rare kind by duration', { atRoot: true, kinds: ['OTHER'] }, 'DURATION'],
  ['below a folder', { inFolder: topFolderId }],
  ['below a folder by title', { inFolder: topFolderId }, 'TITLE', 'ASC'],
  ['below a folder by duration, a rare kind', { inFolder: topFolderId, kinds: ['OTHER'] }, 'DURATION'],
  ['below a small folder by duration', { inFolder: folderId }, 'DURATION'],
  ['below a folder, search, ranked', { inFolder: topFolderId, search: 'exam' }, 'RELEVANCE'],
  ['a thousand ids', { ids: oldestIds }],
  ['a thousand ids by title', { ids: oldestIds }, 'TITLE', 'ASC'],
  ['assigned to one user', { assignedToId: userId }],
  ['with a text', { hasAltText: true }],
  ['with a text by duration', { hasAltText: true }, 'DURATION'],
  ['images without a text', { hasAltText: false, kinds: ['IMAGE'] }],
  ['images without a text by title', { hasAltText: false, kinds: ['IMAGE'] }, 'TITLE', 'ASC'],
  ['videos with a text', { hasAltText: true, kinds: ['VIDEO'] }, 'SIZE'],
  ['long', { minDurationSeconds: 3600 }],
  ['long by duration', { minDurationSeconds: 3600 }, 'DURATION'],
  ['of one minute by title', { minDurationSeconds: 60, maxDurationSeconds: 61 }, 'TITLE', 'ASC'],
  ['long images', { kinds: ['IMAGE'], minDurationSeconds: 1 }, 'USAGE_COUNT'],
  ['short audio, unused, by name', { kinds: ['AUDIO'], maxDurationSeconds: 40, used: false }, 'FILE_NAME', 'ASC'],
]

const generalCases = ({ folderId, userId, sha256, course, title, fileName, words }: Samples): Case[] => [
  ['everything', {}],
  ['everything, oldest first', {}, 'UPLOADED_AT', 'ASC'],
  ['by time of change', {}, 'UPDATED_AT'],
  ['by file name', {}, 'FILE_NAME', 'ASC'],
  ['by size', {}, 'SIZE'],
  ['by usage', {}, 'USAGE_COUNT'],
  ['a common kind', { kinds: ['VIDEO'] }],
  ['a rare kind', { kinds: ['OTHER'] }],
  ['a rare kind by size', { kinds: ['OTHER'] }, 'SIZE'],
  ['kinds by name', { kinds: ['AUDIO', 'IMAGE'] }, 'FILE_NAME', 'ASC'],
  ['a type', { mimeType: 'application/pdf' }],
  ['a type without media', { mimeType: 'text/html' }, 'SIZE'],
  ['failed', { statuses: ['FAILED'] }],
  ['failed by time of change', { statuses: ['FAILED'] }, 'UPDATED_AT'],
  ['ready', { statuses: ['READY'] }, 'USAGE_COUNT'],
  ['with a failed rendition', { renditionStatuses: ['FAILED'] }],
  ['with a queued rendition', { renditionStatuses: ['QUEUED', 'PROCESSING'] }, 'SIZE'],
  ['with a ready rendition', { renditionStatuses: ['READY'] }],
  ['tagged', { tagsAll: ['biology'] }],
  ['tagged twice', { tagsAll: ['Biology', 'week-7'] }, 'SIZE'],
  ['tagged with one of three', { tagsAny: ['law', 'week-2', 'exam'] }],
  ['an unknown tag', { tagsAny: ['no such tag'] }, 'USAGE_COUNT'],
  ['in a folder', { folderId }],
  ['in a folder by name', { folderId }, 'FILE_NAME', 'ASC'],
  ['used in a course', { usedIn: course }],
  ['used in a course by size', { usedIn: course }, 'SIZE'],
  ['used', { used: true }],
  ['unused', { used: false }, 'SIZE'],
  ['unused for a year', { unusedForDays: 365 }],
  ['unused for four years', { unusedForDays: 1459 }, 'SIZE'],
  ['of one uploader', { uploadedById: userId }],
  ['of one uploader by size', { uploadedById: userId }, 'SIZE'],
  ['of a year', { uploadedAfter: daysAgo(800), uploadedBefore: daysAgo(435) }],
  ['of a day by name', { uploadedAfter: daysAgo(301), uploadedBefore: daysAgo(300) }, 'FILE_NAME', 'ASC'],
  ['old by time of change', { uploadedBefore: daysAgo(1400) }, 'UPDATED_AT'],
  ['large', { minSizeBytes: 500_000_000 }],
  ['in a range of sizes', { minSizeBytes: 1_000_000, maxSizeBytes: 1_100_000 }, 'UPDATED_AT'],
  ['of equal content', { sha256 }],
  ['by external id', { externalId: 'asset-7' }],
  ['in the trash', { trashed: true }],
  ['in the trash by size', { trashed: true, kinds: ['VIDEO'] }, 'SIZE'],
  [
    'many filters',
    { kinds: ['VIDEO'], statuses: ['READY'], used: true, tagsAny: ['biology'], minSizeBytes: 1_000_000 },
  ],
  ['large text', { mimeType: 'text/plain', minSizeBytes: 100_000_000 }],
  ['small video, unused, by name', { kinds: ['VIDEO'], maxSizeBytes: 21_000, used: false }, 'FILE_NAME', 'ASC'],
  ['failed, tagged, by usage', { statuses: ['FAILED'], tagsAny: ['law'] }, 'USAGE_COUNT'],
  ['search, common word', { search: 'lecture' }],
  ['search, common word, ranked', { search: 'lecture' }, 'RELEVANCE'],
  ['search, common prefix, ranked', { search: 'pho' }, 'RELEVANCE'],
  ['search, two words, ranked', { search: 'linear algebra' }, 'RELEVANCE'],
  ['search, exact title, ranked', { search: 'Cell Division: Overview' }, 'RELEVANCE'],
  ['search, one typo, ranked', { search: 'photosyntesis' }, 'RELEVANCE'],
  ['search, two typos, ranked', { search: 'fotosyntesis leture' }, 'RELEVANCE'],
  ['search, a rare name, ranked', { search: 'halbodo' }, 'RELEVANCE'],
  ['search, no similar word', { search: 'xyzzyqwv' }, 'RELEVANCE'],
  ['search, five words with typos', { search: 'introducton to quantm mechancs lectre slide' }, 'RELEVANCE'],
  ['search in a course, ranked', { search: 'lecture', usedIn: course }, 'RELEVANCE'],
  ['search in a folder by size', { search: 'exam', folderId }, 'SIZE'],
  ['search among failed, ranked', { search: 'poster', statuses: ['FAILED'] }, 'RELEVANCE'],
  ['search, sixteen words', { search: words }],
  ['search, sixteen words, ranked', { search: words }, 'RELEVANCE'],
  ['search, sixteen words by size', { search: words }, 'SIZE'],
  ['search, sixteen common words', { search: commonWords }],
  ['search, sixteen common words, ranked', { search: commonWords }, 'RELEVANCE'],
  ['search, whole title', { search: title }],
  ['search, whole title, ranked', { search: title }, 'RELEVANCE'],
  ['search, prefix and dates', { search: 'pho', ...oneYear }],
  ['search, prefix and dates, ranked', { search: 'pho', ...oneYear }, 'RELEVANCE'],
  [
    'search, prefix and few dates',
    { search: 'pho', uploadedAfter: daysAgo(301), uploadedBefore: daysAgo(300) },
    'SIZE',
  ],
  ['search, two typos with a kind', { search: 'fotosyntesis leture', kinds: ['VIDEO'] }],
  ['search, two typos with a kind, ranked', { search: 'fotosyntesis leture', kinds: ['AUDIO'] }, 'RELEVANCE'],
  ['search, file name with a number', { search: fileName }],
  ['search, file name with a number, ranked', { search: fileName }, 'RELEVANCE'],
  ['search, common words', { search: 'lecture with slides' }, 'SIZE'],
  ['search, common words, ranked', { search: 'exam week lecture' }, 'RELEVANCE'],
  ['search, common words of a rare kind, ranked', { search: 'node', kinds: ['OTHER'] }, 'RELEVANCE'],
  ['search, a word in a third of the titles by name', { search: 'node' }, 'FILE_NAME', 'ASC'],
  ['search, node.js', { search: 'node.js' }],
  ['search, node.js, ranked', { search: 'node.js' }, 'RELEVANCE'],
  ['search, js.node', { search: 'js.node' }],
  ['search, js.node, ranked', { search: 'js.node' }, 'RELEVANCE'],
  ['search, Japanese topic, ranked', { search: '量子力学' }, 'RELEVANCE'],
  ['search, part of a Japanese topic, ranked', { search: '力学' }, 'RELEVANCE'],
  ['search, common Japanese word', { search: '講義' }, 'SIZE'],
  ['search, common Japanese word, ranked', { search: '講義' }, 'RELEVANCE'],
  ['search, Japanese words, ranked', { search: '線形代数 講義 第3回' }, 'RELEVANCE'],
  ['search, unknown Japanese run, ranked', { search: '講義第回入門' }, 'RELEVANCE'],
  ['failed rendition in a course', { renditionStatuses: ['FAILED'], usedIn: course }],
  ['failed rendition in a course by size', { renditionStatuses: ['FAILED'], usedIn: course }, 'SIZE'],
  ['ready rendition of a rare kind', { renditionStatuses: ['READY'], kinds: ['OTHER'] }],
  ['ready rendition of a kind without renditions', { renditionStatuses: ['READY'], kinds: ['DOCUMENT'] }],
  [
    'ready rendition of a kind without renditions by size',
    { renditionStatuses: ['READY'], kinds: ['DOCUMENT'] },
    'SIZE',
  ],
  ['ready rendition of a type without renditions', { renditionStatuses: ['READY'], mimeType: 'application/pdf' }],
  ['ready rendition of a kind by size', { renditionStatuses: ['READY'], kinds: ['AUDIO'] }, 'SIZE'],
  ['ready or failed rendition by usage', { renditionStatuses: ['READY', 'FAILED'] }, 'USAGE_COUNT'],
  [
    'any rendition, unused',
    { renditionStatuses: ['READY', 'FAILED', 'QUEUED', 'PROCESSING', 'CANCELLED'], used: false },
  ],
  ['two tags with kind and used', { tagsAll: ['Biology', 'week-7'], kinds: ['VIDEO'], used: true }],
  ['two tags with kind and used by size', { tagsAll: ['Law', 'exam'], kinds: ['AUDIO'], used: false }, 'SIZE'],
]

const daysAgo = (days: number): Date => new Date(Date.now() - days * 86_400_000)

const oneYear = { uploadedAfter: daysAgo(800), uploadedBefore: daysAgo(435) }
const commonWords =
  'lecture with node js exam week slides notes poster seminar overview examples introduction part summary to'
