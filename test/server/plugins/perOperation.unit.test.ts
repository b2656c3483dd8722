import { parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { perOperation } from '../../../src/server/plugins/perOperation.ts'

const document = parse('query A { viewer { id } } query B { viewer { name } }')

const countCalls = () => {
  const calls: unknown[] = []
  const compute = perOperation((_document, operationName) => {
    calls.push(operationName)
    return `value of ${operationName}`
  })
  return { calls, compute }
}

describe('a value per operation', () => {
  it('is computed once', () => {
    const { calls, compute } = countCalls()
    for (const _ of [1, 2]) expect(compute(document, 'A')).toBe('value of A')
    expect(calls).toEqual(['A'])
  })

  it.each(['B', 'C', '', null])('is another one for the operation %j', (operationName) => {
    const { compute } = countCalls()
    compute(document, 'A')
    expect(compute(document, operationName)).toBe(`value of ${operationName}`)
  })

  it('is another one for another document', () => {
    const { calls, compute } = countCalls()
    compute(document, 'A')
    compute(parse('query A { viewer { id } }'), 'A')
    expect(calls).toEqual(['A', 'A'])
  })

  it('is not kept for an operation that the document does not have', () => {
    const { calls, compute } = countCalls()
    for (const _ of [1, 2]) compute(document, 'C')
    expect(calls).toEqual(['C', 'C'])
  })
})
