import bulk from './de/bulk.json'
import common from './de/common.json'
import courses from './de/courses.json'
import filters from './de/filters.json'
import library from './de/library.json'
import media from './de/media.json'
import operations from './de/operations.json'
import picker from './de/picker.json'
import shell from './de/shell.json'
import shortcuts from './de/shortcuts.json'
import signIn from './de/signIn.json'
import trash from './de/trash.json'
import type { Messages } from './messages.ts'

export const german: Messages = {
  bulk,
  common,
  courses,
  filters,
  library,
  media,
  operations,
  picker,
  shell,
  shortcuts,
  signIn,
  trash,
}
