import {
  OperationProgressDocument,
  type OperationRowFragment,
  OperationsProgressDocument,
} from '../api/generated/documents.ts'
import type { Observer } from './observer.ts'

interface OperationListener {
  onStates(states: OperationRowFragment[]): void
  /** Called after a time in which states may have been missed. */
  onGap(): void
}

/** Follows the operations of the caller, those of other tabs and machines included. Returns a function that stops. */
export const followOperations = (observer: Observer, { onStates, onGap }: OperationListener): (() => void) =>
  observer.follow({
    document: OperationsProgressDocument,
    variables: {},
    onEvents: (events) => onStates(events.map(({ operationsProgress }) => operationsProgress)),
    onGap,
  })

/** Follows one operation, also one of another user, to its end. Returns a function that stops. */
export const followOperation = (observer: Observer, id: string, { onStates, onGap }: OperationListener): (() => void) =>
  observer.follow({
    document: OperationProgressDocument,
    variables: { id },
    onEvents: (events) => onStates(events.map(({ operationProgress }) => operationProgress)),
    onGap,
  })
