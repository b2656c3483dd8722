import type { Prisma } from '../../../prisma/generated/client/client.ts'
import type { Database } from '../kernel/ports.ts'
import { type ParsedFilter, rowConditions } from './filter.ts'

/** Minimum time between two lookups of the words of a search. */
const minRenewalIntervalMs = 1000
/** Time after which the words of a search are looked up again, whether or not others have become known. */
const renewalIntervalMs = 60_000

/** Conditions of a followed filter. Those of a search depend on the known words, which are looked up from time to time. */
export interface ChangeConditions {
  /** Null until they are resolved. */
  current(): Prisma.Sql | null
  /** Announces that other words are known. */
  expire(): void
  isRenewalDue(): boolean
  renew(): Promise<void>
}

interface ChangeConditionsOptions {
  database: Database
  filter: ParsedFilter
  /** Called when the conditions are others than before. */
  onChange(): void
}

const toText = ({ sql, values }: Prisma.Sql): string => JSON.stringify([sql, values])

export const createChangeConditions = ({ database, filter, onChange }: ChangeConditionsOptions): ChangeConditions => {
  const hasSearch = filter.search != null && filter.search !== ''
  let current: Prisma.Sql | null = null
  let isExpired = false
  let renewedMs = Number.NEGATIVE_INFINITY

  return {
    current: () => current,

    expire() {
      isExpired = hasSearch
    },

    isRenewalDue() {
      const ageMs = performance.now() - renewedMs
      return current !== null && hasSearch && ageMs >= (isExpired ? minRenewalIntervalMs : renewalIntervalMs)
    },

    async renew() {
      if (current !== null && !hasSearch) return
      renewedMs = performance.now()
      // A word that becomes known from here on makes them expire again.
      isExpired = false
      try {
        const next = await rowConditions(database, filter)
        if (current !== null && toText(current) !== toText(next)) onChange()
        current = next
      } catch (error) {
        isExpired = hasSearch
        throw error
      }
    },
  }
}
