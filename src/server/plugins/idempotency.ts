import { createHash } from 'node:crypto'
import { isAsyncIterable } from '@envelop/core'
import { type ExecutionArgs, type ExecutionResult, GraphQLError, getOperationAST, print } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Claim, ClaimResult, Idempotency } from '../../services/idempotency/idempotency.ts'
import type { UserActor } from '../../services/kernel/actor.ts'
import { toErrorResult } from './errors.ts'

/** Data of a call that the plugin needs; the transport provides it. */
export interface IdempotentCall {
  actor: UserActor
  /** Key as the client sent it; absent or null if the call has no key. */
  idempotencyKey?: unknown
  /** Whether the caller still waits for the result. */
  isAwaited(): boolean
  /** Set if the caller was refused because the result took too long: the call may still make its changes. */
  lateResult?: Promise<ExecutionResult>
}

/** Sorts the keys of objects, whose order has no meaning. */
const sortKeys = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)))
    : value

/**
 * Returns the SHA-256 of an operation and of the role that decides its result. Independent of the document's
 * formatting.
 */
export const fingerprintOf = (
  { document, operationName, variableValues }: Pick<ExecutionArgs, 'document' | 'operationName' | 'variableValues'>,
  role: UserActor['role'],
): string => {
  const name = getOperationAST(document, operationName)?.name?.value ?? null
  const text = JSON.stringify([print(document), name, variableValues ?? {}, role], sortKeys)
  return createHash('sha256').update(text).digest('hex')
}

/** Whether the result has data: false also if errors replace every field. */
const hasData = ({ data, errors }: ExecutionResult): boolean =>
  data != null && (errors === undefined || Object.values(data).some((value) => value !== null))

/** Codes of transient failures: a retry may succeed. */
const transientCodes = new Set<unknown>(['INTERNAL_SERVER_ERROR', 'RATE_LIMITED', 'UNAVAILABLE', 'STORAGE_FULL'])
const isTransient = ({ errors }: ExecutionResult): boolean =>
  errors?.some(({ extensions }) => transientCodes.has(extensions['code'])) ?? false

/**
 * Returns null for transient failures: they must not be replayed. A result with data is replayed, since it shows
 * changes that were made.
 */
const serializeResult = ({ data, errors }: ExecutionResult): string | null =>
  hasData({ data, errors }) || !isTransient({ errors }) ? JSON.stringify({ data, errors }) : null

const parseResult = (text: string): ExecutionResult => {
  const { data, errors } = JSON.parse(text) as { data: ExecutionResult['data']; errors?: GraphQLError[] } // as: written by serializeResult
  const http = { headers: { 'Idempotent-Replayed': 'true' } }
  if (errors === undefined) return { data, extensions: { http } }
  return { data, errors: errors.map(({ message, ...rest }) => new GraphQLError(message, rest)), extensions: { http } }
}

const createLostResult = (requestId: string): ExecutionResult => {
  const remedy = `Read the current state before you make more changes, and report request id ${requestId}.`
  const message = `This request made changes, but its result was lost. ${remedy}`
  return { errors: [new GraphQLError(message, { extensions: { code: 'INTERNAL_SERVER_ERROR', requestId } })] }
}

const toClaimOrResult = (claim: ClaimResult): Claim | ExecutionResult => {
  if (claim.type === 'answered') return parseResult(claim.answer)
  if (claim.type === 'lost') return createLostResult(claim.requestId)
  if (claim.type === 'abandoned')
    return {
      errors: [new GraphQLError('The client disconnected while it waited for the result. Send the request again.')],
    }
  return claim
}

/**
 * Runs a mutation that is repeated with the same key once, and answers the repeats with the first result.
 */
export const useIdempotency = (idempotency: Idempotency, callOf: (context: object) => IdempotentCall): Plugin => ({
  async onExecute({ args, executeFn, setExecuteFn, extendContext, setResultAndStopExecution }) {
    const context = args.contextValue as object // as: created by createContext
    const call = callOf(context)
    const { actor, idempotencyKey: key, isAwaited } = call
    if (key == null || getOperationAST(args.document, args.operationName)?.operation !== 'mutation') return
    const request = { key, fingerprint: fingerprintOf(args, actor.role), isAwaited }
    const claim = await idempotency.claim(actor, request).then(toClaimOrResult, toErrorResult)
    if (!('complete' in claim)) return setResultAndStopExecution(claim)
    extendContext({ actor: claim.actor } as object) // as: replaces only the caller of the context
    // Errors that the executor throws reach no hook.
    setExecuteFn(async (executionArgs) => {
      try {
        return await executeFn(executionArgs)
      } catch (error) {
        await claim.complete(null)
        throw error
      }
    })
    const store = async (result: ExecutionResult): Promise<void> =>
      claim.complete(serializeResult(result), !hasData(result) || isTransient(result))
    return {
      // Runs after the errors were converted, so that repeats get what the first caller got.
      async onExecuteDone({ result }) {
        if (isAsyncIterable(result)) await claim.complete(null)
        // The claim lives as long as the call: repeats wait for its real result.
        else if (call.lateResult !== undefined)
          call.lateResult.then(store, () => undefined) // the claim of a failed execution is completed above
        else await store(result)
      },
    }
  },
})
