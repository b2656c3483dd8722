import { RateLimitedError } from '../kernel/errors.ts'

export interface ChangeLimits {
  /** Number of members of all followed filters. */
  maxMembers: number
  /** Number of different filters that one user follows in this process. */
  maxTopicsPerUser: number
  /** Number of members of the filters that one user follows, unless it is a single one. */
  maxMembersPerUser: number
}

/** All members take at most 64 MB. */
const defaultLimits: ChangeLimits = { maxMembers: 4_000_000, maxTopicsPerUser: 20, maxMembersPerUser: 1_000_000 }
/** Memory that a filter takes besides its members, as a number of members. */
const membersPerTopic = 1000

/** A followed filter, as its limits see it. */
export interface SharedTopic {
  /** Null until the members are read. */
  memberCount(): number | null
  isFollowedBy(userId: string): boolean
}

/** Limits of the memory that followed filters take, for all users and for each of them. */
export interface ChangeShares {
  /** Refuses a user who follows too many other filters. */
  refuseTooMany(userId: string): void
  /** Refuses a user whose filters have too many members. */
  refuseShare(userId: string): void
  /** Refuses further members of any filter. */
  refuseMembers(): void
}

const allListsError = () =>
  new RateLimitedError('Too many different lists are followed at present. Try again later.', 60)
const countError = (max: number) =>
  new RateLimitedError(`You follow ${max} different lists already. Stop following one, then try again.`, 60)
const shareError = () =>
  new RateLimitedError('The lists that you follow hold too many media. Stop following one, or narrow its filter.', 60)

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0)

export const createChangeShares = (
  topics: () => SharedTopic[],
  givenLimits: Partial<ChangeLimits> = {},
): ChangeShares => {
  const limits = { ...defaultLimits, ...givenLimits }
  /** Counts members; a filter that is not read yet counts as many as the others have on average. */
  const countMembers = (followed: readonly SharedTopic[]): number => {
    const counts = topics().flatMap((topic) => topic.memberCount() ?? [])
    const estimate = counts.length === 0 ? 0 : sumOf(counts) / counts.length
    return sumOf(followed.map((topic) => (topic.memberCount() ?? estimate) + membersPerTopic))
  }

  const followedBy = (userId: string): SharedTopic[] => topics().filter((topic) => topic.isFollowedBy(userId))

  const refuseMembers = (): void => {
    if (countMembers(topics()) > limits.maxMembers) throw allListsError()
  }

  return {
    refuseTooMany(userId) {
      if (followedBy(userId).length >= limits.maxTopicsPerUser) throw countError(limits.maxTopicsPerUser)
    },
    refuseShare(userId) {
      const followed = followedBy(userId)
      if (followed.length > 1 && countMembers(followed) > limits.maxMembersPerUser) throw shareError()
    },
    refuseMembers,
  }
}
