const idBytes = 16
/** Changes that wait until they are merged into the sorted ids. */
const maxUnmerged = 1000

/** Ids of media in 16 bytes each, since a filter may select all media of a large library. */
export interface MemberSet {
  size(): number
  has(id: string): boolean
  set(id: string, isMember: boolean): void
  /** Sets the first members: ids in ascending order, 16 bytes each. */
  assign(sortedIds: Uint8Array): void
  /** Replaces all members by ids in ascending order, 16 bytes each. Returns the ids that only one of the two sets has. */
  replace(sortedIds: Uint8Array): string[]
}

const bytesOf = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex')

const idAt = (bytes: Buffer, offset: number): string => {
  const hex = bytes.toString('hex', offset, offset + idBytes)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

const compareAt = (left: Buffer, leftOffset: number, right: Buffer, rightOffset: number): number =>
  left.compare(right, rightOffset, rightOffset + idBytes, leftOffset, leftOffset + idBytes)

/** Returns the offset of the first id that is not smaller. */
const findOffset = (sorted: Buffer, id: Buffer): number => {
  let [low, high] = [0, sorted.length / idBytes]
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareAt(sorted, middle * idBytes, id, 0) < 0) low = middle + 1
    else high = middle
  }
  return low * idBytes
}

const includes = (sorted: Buffer, id: string): boolean => {
  const bytes = bytesOf(id)
  const offset = findOffset(sorted, bytes)
  return offset < sorted.length && compareAt(sorted, offset, bytes, 0) === 0
}

/** Returns the sorted ids with the changes, of which each adds an absent id or removes a present one. */
const merge = (sorted: Buffer, changes: ReadonlyMap<string, boolean>): Buffer => {
  const parts: Buffer[] = []
  let offset = 0
  for (const [id, isMember] of [...changes].toSorted(([left], [right]) => (left < right ? -1 : 1))) {
    const bytes = bytesOf(id)
    const next = findOffset(sorted, bytes)
    parts.push(sorted.subarray(offset, next))
    if (isMember) parts.push(bytes)
    offset = isMember ? next : next + idBytes
  }
  return Buffer.concat([...parts, sorted.subarray(offset)])
}

const differences = (left: Buffer, right: Buffer): string[] => {
  const ids: string[] = []
  let [leftOffset, rightOffset] = [0, 0]
  while (leftOffset < left.length || rightOffset < right.length) {
    const order =
      leftOffset === left.length
        ? 1
        : rightOffset === right.length
          ? -1
          : compareAt(left, leftOffset, right, rightOffset)
    if (order !== 0) ids.push(order < 0 ? idAt(left, leftOffset) : idAt(right, rightOffset))
    if (order <= 0) leftOffset += idBytes
    if (order >= 0) rightOffset += idBytes
  }
  return ids
}

export const createMemberSet = (): MemberSet => {
  let sorted: Buffer = Buffer.alloc(0)
  /** Ids that were added to the sorted ones or removed from them. */
  let changes = new Map<string, boolean>()
  let size = 0

  const mergeChanges = (): void => {
    sorted = merge(sorted, changes)
    changes = new Map()
  }

  const has = (id: string): boolean => changes.get(id) ?? includes(sorted, id)

  const assign = (sortedIds: Uint8Array): void => {
    sorted = Buffer.from(sortedIds)
    changes = new Map()
    size = sorted.length / idBytes
  }

  return {
    size: () => size,
    has,
    set(id, isMember) {
      if (has(id) === isMember) return
      size += isMember ? 1 : -1
      if (changes.has(id)) changes.delete(id)
      else changes.set(id, isMember)
      if (changes.size > maxUnmerged) mergeChanges()
    },
    assign,
    replace(sortedIds) {
      mergeChanges()
      const previous = sorted
      assign(sortedIds)
      return differences(previous, sorted)
    },
  }
}
