import analytics from './de/analytics.json'
import common from './de/common.json'
import duplicates from './de/duplicates.json'
import filters from './de/filters.json'
import library from './de/library.json'
import log from './de/log.json'
import people from './de/people.json'
import playground from './de/playground.json'
import shell from './de/shell.json'
import signIn from './de/signIn.json'
import type { Messages } from './messages.ts'

export const german: Messages = {
  analytics,
  common,
  duplicates,
  filters,
  library,
  log,
  people,
  playground,
  shell,
  signIn,
}
