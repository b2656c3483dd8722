import bulk from './de/bulk.json'
import common from './de/common.json'
import filters from './de/filters.json'
import library from './de/library.json'
import media from './de/media.json'
import operations from './de/operations.json'
import shell from './de/shell.json'
import shortcuts from './de/shortcuts.json'
import signIn from './de/signIn.json'
import trash from './de/trash.json'
import type { Messages } from './messages.ts'

export const german: Messages = { bulk, common, filters, library, media, operations, shell, shortcuts, signIn, trash }
