type Path = readonly (string | number)[]

export interface ErrorEntry {
  message: string
  path?: Path
  extensions?: { code?: string }
}

interface Result {
  data?: unknown
  errors?: ErrorEntry[]
}

/** Sorts the keys of errors' extensions, whose order is free. */
const canonical = (text: string): string =>
  JSON.stringify(JSON.parse(text), (key, value) =>
    key === 'extensions' ? Object.fromEntries(Object.entries(value).toSorted()) : value,
  )

/** Part of the path that exists in the data: the null that an error left there. */
export const nullPathOf = ({ path = [] }: ErrorEntry, data: unknown): Path => {
  let value = data
  const depth = path.findIndex((key) => {
    if (value == null) return true
    value = Reflect.get(Object(value), key)
    return false
  })
  return depth < 0 ? path : path.slice(0, depth)
}

/**
 * Describes the errors, sorted. Those that made a parent null compete: the first one ends the work on that parent, so it
 * depends on time which of them are reported.
 */
const describeErrors = ({ data, errors = [] }: Result): string => {
  const texts = errors.map((error) => {
    const nullPath = nullPathOf(error, data)
    const isCompeting = nullPath.length < (error.path?.length ?? 0)
    return `${JSON.stringify(nullPath)} ${isCompeting ? 'competing' : canonical(JSON.stringify(error))}`
  })
  return [...new Set(texts)].toSorted().join('\n')
}

export type Difference = 'none' | 'order' | 'real'

/**
 * Compares two answers. `order` means that they differ only by what finished first: in the order of their errors, or in the
 * errors that made a parent null, of which the specification requires any one.
 */
export const compareAnswers = (left: string, right: string): Difference => {
  if (canonical(left) === canonical(right)) return 'none'
  const [leftResult, rightResult] = [JSON.parse(left), JSON.parse(right)] as [Result, Result] // as: the response format of GraphQL
  if (JSON.stringify(leftResult.data) !== JSON.stringify(rightResult.data)) return 'real'
  return describeErrors(leftResult) === describeErrors(rightResult) ? 'order' : 'real'
}
