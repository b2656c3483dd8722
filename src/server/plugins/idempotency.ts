import { createHash } from 'node:crypto'
import { isAsyncIterable } from '@envelop/core'
import { type ExecutionArgs, type ExecutionResult, GraphQLError, getOperationAST, print } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Claim, Claimed, Idempotency } from '../../services/idempotency/idempotency.ts'
import type { UserActor } from '../../services/kernel/actor.ts'
import { failed } from './errors.ts'

/** What the guard wants to know of a call; the transport knows it. */
export interface Repeatable {
  actor: UserActor
  /** As it was sent; absent or null where the call has none. */
  idempotencyKey?: unknown
  /** Whether its caller still waits for the answer. */
  isAwaited(): boolean
}

/** The order of an object's keys means nothing. */
const sorted = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
    : value

/** SHA-256 of the question, and of the role that decides its answer; not of how its text is laid out. */
export const fingerprintOf = (
  { document, operationName, variableValues }: Pick<ExecutionArgs, 'document' | 'operationName' | 'variableValues'>,
  role: UserActor['role'],
): string => {
  const name = getOperationAST(document, operationName)?.name?.value ?? null
  const text = JSON.stringify([print(document), name, variableValues ?? {}, role], sorted)
  return createHash('sha256').update(text).digest('hex')
}

/** False where there is no data, or errors in place of every field. */
const hasAnswer = ({ data, errors }: ExecutionResult): boolean =>
  data != null && (errors === undefined || Object.values(data).some((value) => value !== null))

/** What may be otherwise the next time. */
const passing = new Set<unknown>(['INTERNAL_SERVER_ERROR', 'RATE_LIMITED'])
const isPassing = ({ errors }: ExecutionResult): boolean =>
  errors?.some(({ extensions }) => passing.has(extensions['code'])) ?? false

/** Null where it says only that it may be otherwise the next time: that it changed something says more. */
const textOf = ({ data, errors }: ExecutionResult): string | null =>
  hasAnswer({ data, errors }) || !isPassing({ errors }) ? JSON.stringify({ data, errors }) : null

const fromText = (text: string): ExecutionResult => {
  const { data, errors } = JSON.parse(text) as { data: ExecutionResult['data']; errors?: GraphQLError[] } // written by `textOf`
  const http = { headers: { 'Idempotent-Replayed': 'true' } }
  if (errors === undefined) return { data, extensions: { http } }
  return { data, errors: errors.map(({ message, ...rest }) => new GraphQLError(message, rest)), extensions: { http } }
}

const lost = (requestId: string): ExecutionResult => {
  const message = `This call has changed something, but its answer is lost. Read how things are before you change more. It is logged under request id ${requestId}.`
  return { errors: [new GraphQLError(message, { extensions: { code: 'INTERNAL_SERVER_ERROR', requestId } })] }
}

const resultOf = (claimed: Claimed): Claim | ExecutionResult => {
  if (claimed.type === 'answered') return fromText(claimed.answer)
  if (claimed.type === 'lost') return lost(claimed.requestId)
  if (claimed.type === 'abandoned') return { errors: [new GraphQLError('Nobody waits for this answer any more.')] }
  return claimed
}

/** A mutation that is repeated under its key runs once, and is answered as the first time. */
export const useIdempotency = (idempotency: Idempotency, callOf: (context: object) => Repeatable): Plugin => ({
  async onExecute({ args, executeFn, setExecuteFn, extendContext, setResultAndStopExecution }) {
    const { actor, idempotencyKey: key, isAwaited } = callOf(args.contextValue as object) // the context that we made
    if (key == null || getOperationAST(args.document, args.operationName)?.operation !== 'mutation') return
    const asked = { key, fingerprint: fingerprintOf(args, actor.role), isAwaited }
    const claimed = await idempotency.claim(actor, asked).then(resultOf, failed)
    if (!('end' in claimed)) return setResultAndStopExecution(claimed)
    extendContext({ actor: claimed.actor } as object) // resolvers get it in place of the caller as the transport knows it
    // What the executor throws reaches no hook.
    setExecuteFn(async (executed) => {
      try {
        return await executeFn(executed)
      } catch (error) {
        await claimed.end(null)
        throw error
      }
    })
    return {
      // After the errors were presented: repeats get what the first caller got.
      async onExecuteDone({ result }) {
        if (isAsyncIterable(result)) await claimed.end(null)
        else await claimed.end(textOf(result), !hasAnswer(result) || isPassing(result))
      },
    }
  },
})
