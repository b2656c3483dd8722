import { expect, it } from 'vitest'
import { InvalidInputError } from '../../../src/services/kernel/errors.ts'
import { parseReturnPath } from '../../../src/services/session/returnPath.ts'

it.for([
  '/console/',
  '/console/library',
  '/console/library?search=a%2Fb&tag=%C3%A4&next=//evil.example#row-4',
  '/console/courses/default/course/4%20b',
  '/console/library/Media:0198',
])('a path of the console is kept: %s', (path) => {
  expect(parseReturnPath(path)).toBe(path)
})

it.for([null, ''])('an absent path leads to the start page: %s', (path) => {
  expect(parseReturnPath(path)).toBe('/console/')
})

it.for([
  'https://evil.example/console/',
  '//evil.example/console/',
  '/\\evil.example/console/',
  'console/library',
  '/console',
  '/consoles/',
  '/graphql',
  '/console/../graphql',
  '/console/./library',
  '/console//evil.example',
  '/console/x//y',
  '/console/\\evil.example',
  '/console/%2e%2e/graphql',
  '/console/%2E%2E%2Fgraphql',
  '/console/%5cevil.example',
  '/console/%2f%2fevil.example',
  '/console/%252e%252e/graphql',
  '/console/%00',
  '/console/%0d%0aSet-Cookie:x=y',
  '/console/\r\nSet-Cookie: x=y',
  '/console/ x',
  '/console/\tx',
  '/console/ä',
  '/console/<script>',
  'javascript:alert(1)',
  `/console/${'x'.repeat(2000)}`,
  '/console/sign-in',
  '/console/sign%2Din',
  '/console/callback?code=x',
  '/console/session',
])('any other path is refused: %s', (path) => {
  expect(() => parseReturnPath(path)).toThrow(InvalidInputError)
})
