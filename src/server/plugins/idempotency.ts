import { createHash } from 'node:crypto'
import { isAsyncIterable } from '@envelop/core'
import { type ExecutionArgs, type ExecutionResult, GraphQLError, getOperationAST, print } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Claim, ClaimResult, Idempotency } from '../../services/idempotency/idempotency.ts'
import type { UserActor } from '../../services/kernel/actor.ts'
import { toErrorResult } from './errors.ts'

/** What the guard wants to know of a call; the transport knows it. */
export interface IdempotentCall {
  actor: UserActor
  /** As it was sent; absent or null where the call has none. */
  idempotencyKey?: unknown
  /** Whether its caller still waits for the answer. */
  isAwaited(): boolean
}

/** The order of an object's keys means nothing. */
const sortKeys = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
    : value

/** SHA-256 of the question, and of the role that decides its answer; not of how its text is laid out. */
export const fingerprintOf = (
  { document, operationName, variableValues }: Pick<ExecutionArgs, 'document' | 'operationName' | 'variableValues'>,
  role: UserActor['role'],
): string => {
  const name = getOperationAST(document, operationName)?.name?.value ?? null
  const text = JSON.stringify([print(document), name, variableValues ?? {}, role], sortKeys)
  return createHash('sha256').update(text).digest('hex')
}

/** False where there is no data, or errors in place of every field. */
const hasData = ({ data, errors }: ExecutionResult): boolean =>
  data != null && (errors === undefined || Object.values(data).some((value) => value !== null))

/** What may be otherwise the next time. */
const transientCodes = new Set<unknown>(['INTERNAL_SERVER_ERROR', 'RATE_LIMITED'])
const isTransient = ({ errors }: ExecutionResult): boolean =>
  errors?.some(({ extensions }) => transientCodes.has(extensions['code'])) ?? false

/** Null where it says only that it may be otherwise the next time: that it changed something says more. */
const serializeResult = ({ data, errors }: ExecutionResult): string | null =>
  hasData({ data, errors }) || !isTransient({ errors }) ? JSON.stringify({ data, errors }) : null

const parseResult = (text: string): ExecutionResult => {
  const { data, errors } = JSON.parse(text) as { data: ExecutionResult['data']; errors?: GraphQLError[] } // written by `textOf`
  const http = { headers: { 'Idempotent-Replayed': 'true' } }
  if (errors === undefined) return { data, extensions: { http } }
  return { data, errors: errors.map(({ message, ...rest }) => new GraphQLError(message, rest)), extensions: { http } }
}

const createLostResult = (requestId: string): ExecutionResult => {
  const message = `This call has changed something, but its answer is lost. Read how things are before you change more. It is logged under request id ${requestId}.`
  return { errors: [new GraphQLError(message, { extensions: { code: 'INTERNAL_SERVER_ERROR', requestId } })] }
}

const toClaimOrResult = (claim: ClaimResult): Claim | ExecutionResult => {
  if (claim.type === 'answered') return parseResult(claim.answer)
  if (claim.type === 'lost') return createLostResult(claim.requestId)
  if (claim.type === 'abandoned') return { errors: [new GraphQLError('Nobody waits for this answer any more.')] }
  return claim
}

/** A mutation that is repeated under its key runs once, and is answered as the first time. */
export const useIdempotency = (idempotency: Idempotency, callOf: (context: object) => IdempotentCall): Plugin => ({
  async onExecute({ args, executeFn, setExecuteFn, extendContext, setResultAndStopExecution }) {
    const { actor, idempotencyKey: key, isAwaited } = callOf(args.contextValue as object) // the context that we made
    if (key == null || getOperationAST(args.document, args.operationName)?.operation !== 'mutation') return
    const request = { key, fingerprint: fingerprintOf(args, actor.role), isAwaited }
    const claim = await idempotency.claim(actor, request).then(toClaimOrResult, toErrorResult)
    if (!('complete' in claim)) return setResultAndStopExecution(claim)
    extendContext({ actor: claim.actor } as object) // resolvers get it in place of the caller as the transport knows it
    // What the executor throws reaches no hook.
    setExecuteFn(async (executionArgs) => {
      try {
        return await executeFn(executionArgs)
      } catch (error) {
        await claim.complete(null)
        throw error
      }
    })
    return {
      // After the errors were presented: repeats get what the first caller got.
      async onExecuteDone({ result }) {
        if (isAsyncIterable(result)) await claim.complete(null)
        else await claim.complete(serializeResult(result), !hasData(result) || isTransient(result))
      },
    }
  },
})
