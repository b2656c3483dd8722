import type { ExecutionArgs, ExecutionResult } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { releaseContext } from '../../schema/plannedReads.ts'
import { executePlanned } from '../execution/execute.ts'

/** Executes queries by plans. Has to be the first plugin, so that all others wrap what it executes. */
export const usePlannedExecution = (): Plugin => ({
  onExecute({ executeFn, setExecuteFn }) {
    setExecuteFn((args: ExecutionArgs): Promise<ExecutionResult> | ExecutionResult => {
      const release = () => releaseContext(args.contextValue as object) // as: created by createContext
      const result = executePlanned(args) ?? executeFn(args)
      if (result instanceof Promise) return result.then((settled) => settled ?? executeFn(args)).finally(release)
      release()
      return result
    })
  },
})
