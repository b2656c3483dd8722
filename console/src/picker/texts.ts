import common from '../messages/en/common.json'
import filters from '../messages/en/filters.json'
import library from '../messages/en/library.json'
import picker from '../messages/en/picker.json'
import type { Language, Messages } from '../messages/messages.ts'

/** English texts of the picker: a quarter of all. */
const english = { common, filters, library, picker } as Messages // as: the picker shows no other parts

const loaders: Record<Language, () => Promise<Messages>> = {
  en: async () => english,
  de: async () => (await import('../messages/german.ts')).german,
}

export const loadTexts = (language: Language): Promise<Messages> => loaders[language]()
