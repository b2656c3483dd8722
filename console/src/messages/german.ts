import common from './de/common.json'
import library from './de/library.json'
import people from './de/people.json'
import playground from './de/playground.json'
import shell from './de/shell.json'
import signIn from './de/signIn.json'
import type { Messages } from './messages.ts'

export const german: Messages = { common, library, people, playground, shell, signIn }
