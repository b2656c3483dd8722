import common from './de/common.json'
import filters from './de/filters.json'
import library from './de/library.json'
import shell from './de/shell.json'
import signIn from './de/signIn.json'
import upload from './de/upload.json'
import type { Messages } from './messages.ts'

export const german: Messages = { common, filters, library, shell, signIn, upload }
