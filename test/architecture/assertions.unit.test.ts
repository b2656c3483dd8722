import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

const literal = String.raw`\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*`
/** RegExp as the value of a property, anywhere in a file: constants of the file can be arguments, too. */
const propertyValue = new RegExp(String.raw`:\s*${literal}(?=\s*[,}])`, 'g')
/** RegExp as an element of an array or as the argument itself. */
const element = new RegExp(String.raw`(?:[[,]|^\()\s*${literal}(?=\s*[,\])])`, 'g')
const stringOrParenthesis = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|[()]/g

/** Returns the text from the parenthesis that `text` starts with to the one that closes it. */
const parenthesized = (text: string): string => {
  let depth = 0
  for (const { 0: token, index } of text.matchAll(stringOrParenthesis)) {
    if (token === '(') depth++
    if (token === ')' && --depth === 0) return text.slice(0, index + 1)
  }
  return text
}

const findRegExpValues = (text: string): string[] => {
  const lists = [...text.matchAll(/\.toMatchObject(?=\()/g)].map(({ 0: name, index }) =>
    parenthesized(text.slice(index + name.length)),
  )
  return [text.matchAll(propertyValue), ...lists.map((list) => list.matchAll(element))].flatMap((matches) =>
    [...matches].map(([match]) => match),
  )
}

it.for([
  'expect(error).toMatchObject({ message: /a/ })',
  'expect(error).toMatchObject({\n  message: /[/]\\/b/i,\n})',
  'expect(errors).toMatchObject([f(1), /a/u])',
  'expect(error).toMatchObject(/a/)',
  'const refusal = { message: /a/ }\nexpect(error).toMatchObject(refusal)',
])('finds the RegExp in %j', (text) => {
  expect(findRegExpValues(text)).not.toEqual([])
})

it.for([
  'expect(error).toMatchObject({ message: expect.stringMatching(/a/) })',
  "expect(page).toMatchObject({ url: 'http://a/b/', path: '/a/' })",
  'expect(counts).toMatchObject({ half: total / 2, third: total / 3 })',
  'expect(list).toMatchObject([1])\nexpect([text, /a/]).toBeTruthy()',
])('finds no RegExp value in %j', (text) => {
  expect(findRegExpValues(text)).toEqual([])
})

// `toMatchObject` compares the own keys of a RegExp, which has none, so it accepts every text.
it('compare no text with a RegExp literal, but with expect.stringMatching', () => {
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .map((name) => join(root, 'test', name))
    .filter((file) => file.endsWith('.ts') && file !== import.meta.filename)
  expect(files.length).toBeGreaterThan(100)
  const hits = files.flatMap((file) =>
    findRegExpValues(readFileSync(file, 'utf8')).map((match) => `${relative(root, file)}: ${match.trim()}`),
  )
  expect(hits).toEqual([])
})
