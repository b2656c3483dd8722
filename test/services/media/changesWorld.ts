import { onTestFinished } from 'vitest'
import type { UserActor } from '../../../src/services/kernel/actor.ts'
import type { Database } from '../../../src/services/kernel/ports.ts'
import { createLibraryChanges } from '../../../src/services/media/changes.ts'
import type { World } from '../../harness/world.ts'
import { log } from '../live/library.ts'

export const createViewer = (): UserActor => ({
  type: 'user',
  userId: crypto.randomUUID(),
  role: 'VIEWER',
  requestId: null,
})

type Options = Partial<Parameters<typeof createLibraryChanges>[0]>

export const openChanges = ({ runtime }: World, options: Options = {}) => {
  const changes = createLibraryChanges({ ...runtime.ports, eventLog: runtime.services.eventLog, log, ...options })
  onTestFinished(() => changes.close())
  return changes
}

/** A database that passes each raw statement, with its values, to `intercept`. */
export const interceptStatements = (
  database: Database,
  intercept: (statement: string, run: () => Promise<unknown>) => Promise<unknown>,
): Database =>
  new Proxy(database, {
    get: (target, key, receiver) => {
      if (key !== '$queryRaw') return Reflect.get(target, key, receiver)
      return (...query: Parameters<Database['$queryRaw']>) => {
        const [text, ...values] = query
        const nested = values.flatMap((value) =>
          typeof value === 'object' && value !== null && 'values' in value ? (value.values as unknown[]) : [value],
        )
        const statement = 'strings' in text ? text.sql : text.join('')
        return intercept(`${statement} ${JSON.stringify(nested)}`, () => database.$queryRaw(...query))
      }
    },
  })
