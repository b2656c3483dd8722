import common from './de/common.json'
import courses from './de/courses.json'
import library from './de/library.json'
import picker from './de/picker.json'
import shell from './de/shell.json'
import signIn from './de/signIn.json'
import type { Messages } from './messages.ts'

export const german: Messages = { common, courses, library, picker, shell, signIn }
