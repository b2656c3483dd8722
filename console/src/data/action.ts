import { useMutation } from '@tanstack/react-query'
import { useRef } from 'react'
import { RequestError } from '../api/errors.ts'
import type { TypedDocumentString } from '../api/generated/documents.ts'
import { unwrap } from '../api/refusal.ts'
import { useServer } from './context.ts'

interface ActionOptions<Data, Variables, Result extends { __typename: string }> {
  document: TypedDocumentString<Data, Variables>
  /** Takes the result union out of the answer. */
  pick(data: Data): Result
  /** Writes the result into the cache. */
  onDone?(result: ReturnType<typeof unwrap<Result>>, variables: Variables): void
}

/**
 * Sends a mutation when a person asks for it. Its error is a RefusalError with the words of the server, or a RequestError.
 * After a request without an answer, the same request is sent with the same idempotency key, so that it runs once.
 */
export const useAction = <Data, Variables, Result extends { __typename: string }>({
  document,
  pick,
  onDone,
}: ActionOptions<Data, Variables, Result>) => {
  const { send } = useServer()
  const attempt = useRef<{ text: string; key: string } | null>(null)
  return useMutation({
    mutationFn: async (variables: Variables) => {
      const text = JSON.stringify(variables)
      if (attempt.current?.text !== text) attempt.current = { text, key: crypto.randomUUID() }
      try {
        const result = unwrap(pick(await send(document, variables, { idempotencyKey: attempt.current.key })))
        attempt.current = null
        return result
      } catch (error) {
        if (!(error instanceof RequestError)) attempt.current = null
        throw error
      }
    },
    onSuccess: onDone,
  })
}
