import { RefusalError } from './errors.ts'

/** Names of the members of a result union that are refusals. */
type RefusalOf<Result> = Extract<Result, { __typename: string; message: string }>

/** Returns the result of a mutation without its refusals. Throws RefusalError if it is one. */
export const unwrap = <Result extends { __typename: string }>(result: Result): Exclude<Result, RefusalOf<Result>> => {
  if (result.__typename.endsWith('Error')) throw new RefusalError(result as RefusalOf<Result>) // as: exactly the refusals end with Error
  return result as Exclude<Result, RefusalOf<Result>> // as: see above
}
