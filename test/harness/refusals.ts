import { ResponseError } from '../../client/client.ts'
import { Refusal } from '../../src/services/kernel/errors.ts'

/** The code that a call or a subscription is refused with. */
export const codeOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no error',
    (error: unknown) => {
      if (error instanceof ResponseError) return error.errors[0]?.extensions?.code
      // A refused subscription rejects with the list itself.
      return Array.isArray(error) ? error[0]?.extensions?.code : String(error)
    },
  )

/** Paths of the fields that a mutation finds invalid; the type of its result where that is something else. */
export const pathsOf = (result: { __typename?: string; fields?: { path: string }[] }): string[] | string | undefined =>
  result.fields?.map(({ path }) => path) ?? result.__typename

/** `done`, or the code that a service refuses with; rejects with anything else. */
export const outcomeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof Refusal) return error.code
      throw error
    },
  )
