import { expect, test } from 'vitest'
import { detectMarkup } from '../../../worker/ffmpeg/classification/markup.ts'

const svg = '<svg xmlns="http://www.w3.org/2000/svg"/>'
const declaration = '<?xml version="1.0" encoding="utf-8"?>'
const illustrator = `<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd" [
  <!-- it's a comment with ]> in it -->
  <!ENTITY ns_extend "http://ns.adobe.com/Extensibility/1.0/">
]>`

test.each([
  ['a document type with entities', `${declaration}\n<!-- Generator: x -->\n${illustrator}\n${svg}`],
  ['a style sheet', `${declaration}<?xml-stylesheet href="a.css"?>${svg}`],
  ['a long licence', `${declaration}<!-- ${'licence '.repeat(1000)}-->${svg}`],
  ['a prefix', '<svg:svg xmlns:svg="http://www.w3.org/2000/svg"/>'],
])('an SVG with %s is recognised', (_, text) => {
  expect(detectMarkup(text)).toBe('image/svg+xml')
})

test.each([
  ['a mention of SVG', `Use ${svg} for drawings.`],
  ['XML that contains an SVG', `${declaration}<report>${svg}</report>`],
  ['a document type without an end', `<!DOCTYPE svg [ ${svg}`],
  ['a comment without an end', `<!-- ${svg}`],
])('%s is no markup', (_, text) => {
  expect(detectMarkup(text)).toBeNull()
})

test('HTML behind comments is recognised', () => {
  expect(detectMarkup('\n<!-- a --><!-- b -->\n<!DOCTYPE html><html>')).toBe('text/html')
})

test.each(['<!---->', '<!-- -->\n', '<?a?>', '<!DOCTYPE a>', '<!DOCTYPE a [<!---->]>', "<!DOCTYPE a ['>']>"])(
  'a text that repeats %j is read at once',
  (unit) => {
    expect(detectMarkup(`${unit.repeat(16_384 / unit.length)}x`)).toBeNull()
  },
)
