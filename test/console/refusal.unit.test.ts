import { expect, it } from 'vitest'
import { RefusalError } from '../../console/src/api/errors.ts'
import { unwrap } from '../../console/src/api/refusal.ts'

type Result = { __typename: 'Media'; id: string } | { __typename: 'InvalidInputError'; code: string; message: string }

const errorOf = (result: { __typename: string }): unknown => {
  try {
    return unwrap(result)
  } catch (error) {
    return error
  }
}

it('a result that is no refusal is returned', () => {
  const result: Result = { __typename: 'Media', id: '1' }
  expect(unwrap<Result>(result)).toBe(result)
})

it('a refusal is thrown in the words of the server', () => {
  const refusal = { __typename: 'MediaInUseError', code: 'MEDIA_IN_USE', message: 'A lesson shows it.', usages: [] }
  const error = errorOf(refusal)
  expect(error).toBeInstanceOf(RefusalError)
  expect(error).toMatchObject({ message: 'A lesson shows it.', refusal, fields: [] })
})

it('invalid fields are listed', () => {
  const fields = [{ path: 'input.title', message: 'Is too long.' }]
  const refusal = { __typename: 'InvalidInputError', code: 'INVALID_INPUT', message: 'No.', fields }
  expect(errorOf(refusal)).toMatchObject({
    fields,
  })
})
