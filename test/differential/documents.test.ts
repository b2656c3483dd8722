import { describe, expect } from 'vitest'
import { createDocuments } from '../harness/documents/documents.ts'
import { createRandom } from '../harness/random.ts'
import { compareAnswers } from './compare.ts'
import { it, printedSchema, roles, seed } from './differentialIt.ts'
import { kindsOf, requiredKinds } from './kinds.ts'

const runCount = Number(process.env['DIFFERENTIAL_RUNS'] ?? 300)
/** Number of the only document to send, to repeat a failure. */
const only = process.env['DIFFERENTIAL_DOCUMENT']
const numbers = only === undefined ? Array.from({ length: runCount }, (_, index) => index) : [Number(only)]

/** Media type that GraphQL Yoga answers itself. */
const throughYoga = 'application/json;q=1'

/** Limits are checked before graphql-js gets the document. */
const limitPattern = /"message":"[^"]*\blimit (of \d+ exceeded|is \d+)/

describe('a random document', () => {
  it('gets the answer of graphql-js with Prisma', { timeout: 60_000 + 200 * runCount }, async ({ world, answers }) => {
    const createDocument = createDocuments(printedSchema, answers.pool)
    const seenKinds = new Map<string, number>()
    let [repeatedCount, raceCount] = [0, 0]
    for (const number of numbers) {
      const random = createRandom(seed + number)
      const isMutation = random.chance(0.1)
      const document = createDocument(random, isMutation ? 'mutation' : 'query')
      const role = isMutation ? 'viewer' : random.one(roles)
      const repeat = `DIFFERENTIAL_SEED=${seed} DIFFERENTIAL_DOCUMENT=${number}\n${document.query}`
      const [first, expected] = await Promise.all([
        answers.server(role, document, throughYoga),
        answers.plain(role, document),
      ])
      const check = (text: string): void => {
        const difference = compareAnswers(first.text, text)
        if (difference === 'real') expect(first.text, repeat).toBe(text)
        if (difference === 'order') raceCount += 1
      }
      const statements = await world.captureStatements(async () => check((await answers.server(role, document)).text))
      check((await answers.server(role, { ...document, operationName: 'Q' })).text)
      // Executed again, with what was planned for the document before.
      check((await answers.server(role, { ...document, variables: { ...document.variables, unused: number } })).text)
      if (expected === null) expect(first.text, repeat).not.toContain('"data"')
      else if (!limitPattern.test(first.text)) check(expected)
      for (const kind of kindsOf(first.text)) seenKinds.set(kind, (seenKinds.get(kind) ?? 0) + 1)
      if (statements.length === 0 && first.text.startsWith('{"data"')) repeatedCount += 1
    }
    if (only !== undefined) return
    const missing = requiredKinds.filter((required) => ![...seenKinds.keys()].some((kind) => kind.includes(required)))
    expect(missing, `DIFFERENTIAL_SEED=${seed}`).toEqual([])
    expect(raceCount).toBeLessThan(runCount / 20)
    expect(repeatedCount).toBeGreaterThan(runCount / 10)
  })
})
