import { spawnSync } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'

const source = pathToFileURL(`${import.meta.dirname}/../../src/adapters/logger.ts`).href

/** All characters that a terminal or an editor acts on instead of displaying them. */
const hidden = [...Array(0x20).keys(), 0x7f, ...Array.from({ length: 0x20 }, (_, index) => 0x80 + index)]
  .map((code) => String.fromCharCode(code))
  .concat(...['\u061C', '\u200E', '\u200F', '\u2028', '\u2029', '\u202A', '\u202E', '\u2066', '\u2069', '\uFEFF'])
  .join('')

it('writes no control character or direction mark, whatever is logged', () => {
  const code = `
    import { createLogger } from ${JSON.stringify(source)}
    const text = ${JSON.stringify(hidden)}
    const log = createLogger('info')
    log.info({ text, err: new Error(text, { cause: text }), [text]: 1 }, text)
    log.child({ text }).warn(text)`
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
  const lines = stderr.split('\n').filter(Boolean)
  expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028\u2029\uFEFF]/u)
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual([hidden, hidden])
  expect(lines.map((line) => JSON.parse(line).text)).toEqual([hidden, hidden])
})
