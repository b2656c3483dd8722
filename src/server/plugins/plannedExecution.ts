import type { ExecutionArgs, ExecutionResult } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { executePlanned } from '../execution/execute.ts'

/** Executes queries by plans. Has to be the first plugin, so that all others wrap what it executes. */
export const usePlannedExecution = (): Plugin => ({
  onExecute({ executeFn, setExecuteFn }) {
    setExecuteFn((args: ExecutionArgs): Promise<ExecutionResult> | ExecutionResult => {
      const result = executePlanned(args)
      if (result === null) return executeFn(args)
      return result instanceof Promise ? result.then((settled) => settled ?? executeFn(args)) : result
    })
  },
})
