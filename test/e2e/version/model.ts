import fc from 'fast-check'

// Model of a media whose versions are replaced and activated in any order.

export type Step =
  | { type: 'replace'; stage: boolean }
  | { type: 'pass' | 'reject' | 'activate'; number: number }
  | { type: 'retry' }

export interface Model {
  current: number
  /** Version n has the index n - 1. */
  versions: { text: string; staged: boolean; status: 'PROCESSING' | 'READY' | 'FAILED' }[]
}

export const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('replace' as const), stage: fc.constantFrom(false, false, true) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constantFrom('pass' as const, 'pass' as const, 'reject' as const, 'activate' as const),
      number: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'retry' as const }) },
)

/** Effect of each step on the model; the product implements the same rules in SQL. */
export const expectations = {
  pass(model: Model, number: number) {
    const version = model.versions[number - 1]
    if (version?.status !== 'PROCESSING') return
    version.status = 'READY'
    const isOvertaken = model.versions.slice(number).some(({ status, staged }) => status === 'READY' && !staged)
    if (!version.staged && number > model.current && !isOvertaken) model.current = number
  },
  reject(model: Model, number: number) {
    const version = model.versions[number - 1]
    if (version?.status === 'PROCESSING') version.status = 'FAILED'
  },
  activate(model: Model, number: number): string {
    const version = model.versions[number - 1]
    if (version === undefined) return 'NotFoundError'
    if (version.status !== 'READY') return 'StateConflictError'
    if (model.current !== number) version.staged = false
    model.current = number
    return 'Media'
  },
  retry(model: Model): string {
    const newest = model.versions.at(-1)
    if (newest?.status !== 'FAILED') return 'StateConflictError'
    newest.status = 'PROCESSING'
    return 'Media'
  },
}
