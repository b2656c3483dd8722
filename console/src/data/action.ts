import { useMutation } from '@tanstack/react-query'
import type { TypedDocumentString } from '../api/generated/documents.ts'
import { unwrap } from '../api/refusal.ts'
import { useServer } from './context.ts'
import { useRunOnce } from './idempotency.ts'

interface ActionOptions<Data, Variables, Result extends { __typename: string }> {
  document: TypedDocumentString<Data, Variables>
  /** Takes the result union out of the answer. */
  pick(data: Data): Result
  /** Writes the result into the cache. */
  onDone?(result: ReturnType<typeof unwrap<Result>>, variables: Variables): void
}

/**
 * Sends a mutation when a person asks for it, once. Its error is a RefusalError with the words of the server, or a
 * RequestError.
 */
export const useAction = <Data, Variables, Result extends { __typename: string }>({
  document,
  pick,
  onDone,
}: ActionOptions<Data, Variables, Result>) => {
  const { send } = useServer()
  const runOnce = useRunOnce()
  return useMutation({
    mutationFn: async (variables: Variables) =>
      unwrap(pick(await runOnce(variables, (options) => send(document, variables, options)))),
    onSuccess: onDone,
  })
}
