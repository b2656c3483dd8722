import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

/** Words and phrases that contemporary technical English does not use, or that name machinery by a metaphor. */
const bannedPhrases = [
  /\bwho(m|so)?ever\b/i,
  /\banew\b/i,
  /\b(hitherto|henceforth|thereby|thereof|therein|wherein|whereby|whatsoever)\b/i,
  /\bhast(y|ily)\b/i,
  /\bshall\b/i,
  /\b(of|at|in) (this|that) (very )?moment\b/i,
  /\bstands? against\b/i,
  /\b(is|are) none\b/i,
  /\binto being\b/i,
  /\bclimbs? the ladder\b/i,
  /\btaken for dead\b/i,
  /\b(is|are|to) (dead|born|asleep|awake)\b/i,
  /\bto be had\b/i,
  /\bthe very\b/i,
  /\bof one's own\b/i,
  /\bin one go\b/i,
  /\bfor good\b/i,
  /\bso many (of|media|rows|items|are|bytes|people|users|days|seconds)\b/i,
  /\b(some|any|no|every)body\b/i,
  /\b(goes|went|comes|came) (on|back)\b/i,
  /\b(taken|takes|brought) back\b/i,
  /\b(under|on its) way\b/i,
  /\bleads? nowhere\b/i,
  /\bis (told|away|silent|heard of)\b/i,
  /\bfor ever\b/i,
  /\b(newcomers?|leash|see-through)\b/i,
  /\b(null|true|false) where\b/,
  /\bholds? up\b/i,
  /\bby now\b/i,
]

/** A comment or description begins with a verb or with the noun itself, not with a relative clause. */
const bannedOpenings = /(\/\*\*|\/\/|description: ['"`]|""")\s*(What|Who|Whom|Whose|Those|Such|So|Of)\b/

const folders = ['src', 'worker', 'console', 'scripts', 'docs', 'client', 'prisma', 'bench', 'test']
/** Released migrations never change; the words are data; `nobody` is an account. */
const skipped =
  /\/generated\/|console\/dist|^prisma\/migrations|seed\/words|architecture\/language|embedded-postgres\/osAccount/

const filesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))

const files = [...folders.flatMap(filesIn), 'README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'codegen.ts'].filter(
  (file) => /\.(tsx?|mjs|md|graphql|prisma|sh)$/.test(file) && !skipped.test(file),
)

const linesOf = (file: string): string[] => readFileSync(join(root, file), 'utf8').split('\n')

it('is plain English without archaic or figurative phrases', () => {
  expect(files.length).toBeGreaterThan(300)
  const hits = files.flatMap((file) =>
    linesOf(file).flatMap((line, index) =>
      bannedPhrases.flatMap((phrase) => {
        const match = phrase.exec(line)
        return match === null ? [] : [`${file}:${index + 1}: "${match[0]}" in: ${line.trim()}`]
      }),
    ),
  )
  expect(hits).toEqual([])
})

it('begins comments and descriptions with a verb or a noun', () => {
  const hits = files.flatMap((file) =>
    linesOf(file).flatMap((line, index) => (bannedOpenings.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  )
  expect(hits).toEqual([])
})
