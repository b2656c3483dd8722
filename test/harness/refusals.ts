import { ResponseError } from '../../client/client.ts'
import { Refusal } from '../../src/services/kernel/errors.ts'

/** Error code of a refused call or subscription; `no error` if it succeeds. */
export const codeOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no error',
    (error: unknown) => {
      if (error instanceof ResponseError) return error.errors[0]?.extensions?.code
      // A refused subscription rejects with the list of errors itself.
      return Array.isArray(error) ? error[0]?.extensions?.code : String(error)
    },
  )

/** Paths of the invalid fields in a mutation's result; the name of the result type if it is not a list of invalid fields. */
export const pathsOf = (result: { __typename?: string; fields?: { path: string }[] }): string[] | string | undefined =>
  result.fields?.map(({ path }) => path) ?? result.__typename

/** Resolves to `done`, or to the code of the refusal that a service throws; rejects with any other error. */
export const outcomeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof Refusal) return error.code
      throw error
    },
  )
