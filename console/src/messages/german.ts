import common from './de/common.json'
import filters from './de/filters.json'
import library from './de/library.json'
import shell from './de/shell.json'
import shortcuts from './de/shortcuts.json'
import signIn from './de/signIn.json'
import type { Messages } from './messages.ts'

export const german: Messages = { common, filters, library, shell, shortcuts, signIn }
