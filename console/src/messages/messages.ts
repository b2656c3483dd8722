import analytics from './en/analytics.json'
import bulk from './en/bulk.json'
import common from './en/common.json'
import courses from './en/courses.json'
import duplicates from './en/duplicates.json'
import filters from './en/filters.json'
import library from './en/library.json'
import log from './en/log.json'
import media from './en/media.json'
import operations from './en/operations.json'
import people from './en/people.json'
import picker from './en/picker.json'
import playground from './en/playground.json'
import shell from './en/shell.json'
import shortcuts from './en/shortcuts.json'
import signIn from './en/signIn.json'
import trash from './en/trash.json'
import upload from './en/upload.json'

/** Languages of the console. */
const languages = ['en', 'de'] as const
export type Language = (typeof languages)[number]

/** English texts by area. They are part of the first download; other languages are fetched. */
const english = {
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

export type Messages = typeof english

declare module 'use-intl' {
  interface AppConfig {
    Messages: Messages
    Locale: Language
  }
}

const loaders: Record<Language, () => Promise<Messages>> = {
  en: async () => english,
  de: async () => (await import('./german.ts')).german,
}

export const loadMessages = (language: Language): Promise<Messages> => loaders[language]()

/** Language of the browser, or English if there are no texts in it. */
export const browserLanguage = (): Language =>
  navigator.languages.flatMap((tag) => languages.find((language) => language === tag.slice(0, 2)) ?? [])[0] ?? 'en'
