import type { Database } from '../kernel/ports.ts'
import { readWords } from './changeStatements.ts'

/** Maximum number of words that are remembered. */
const maxWords = 20_000

/** Recognises changes of media that may have added words to those that correct and complete a search. */
export interface ChangeWords {
  /** Whether these media brought words that this process has not seen before. Runs one statement. */
  bring(ids: readonly string[]): Promise<boolean>
}

/** Words are never removed. The last number of the table shows those of a title that has changed again since. */
export const createChangeWords = (database: Database): ChangeWords => {
  const knownWords = new Set<string>()
  let lastId: bigint | null = null

  return {
    async bring(ids) {
      const current = await readWords(database, ids)
      const newWords = current.words.filter((word) => !knownWords.has(word))
      const hasNewWords = newWords.length > 0 || current.lastId !== lastId
      lastId = current.lastId
      if (knownWords.size + newWords.length > maxWords) knownWords.clear()
      for (const word of newWords) knownWords.add(word)
      return hasNewWords
    },
  }
}
