import analytics from './de/analytics.json'
import bulk from './de/bulk.json'
import common from './de/common.json'
import courses from './de/courses.json'
import duplicates from './de/duplicates.json'
import filters from './de/filters.json'
import library from './de/library.json'
import log from './de/log.json'
import media from './de/media.json'
import operations from './de/operations.json'
import people from './de/people.json'
import picker from './de/picker.json'
import playground from './de/playground.json'
import shell from './de/shell.json'
import shortcuts from './de/shortcuts.json'
import signIn from './de/signIn.json'
import trash from './de/trash.json'
import upload from './de/upload.json'
import type { Messages } from './messages.ts'

export const german: Messages = {
  analytics,
  bulk,
  common,
  courses,
  duplicates,
  filters,
  library,
  log,
  media,
  operations,
  people,
  picker,
  playground,
  shell,
  shortcuts,
  signIn,
  trash,
  upload,
}
