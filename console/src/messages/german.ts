import common from './de/common.json'
import library from './de/library.json'
import media from './de/media.json'
import shell from './de/shell.json'
import signIn from './de/signIn.json'
import type { Messages } from './messages.ts'

export const german: Messages = { common, library, media, shell, signIn }
