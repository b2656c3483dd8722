import { expect, vi } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { MediaProgressDocument } from '../../../client/generated/documents.ts'
import type { Progress } from '../../harness/world.ts'

type Rendition = Progress['renditions'][number]

/** States of each rendition in the order of the events. */
export const statesByProfile = (events: Progress[]): Map<string, Rendition[]> =>
  Map.groupBy(
    events.flatMap(({ renditions }) => renditions),
    ({ profile }) => profile,
  )

export const distinctStatuses = (states: readonly { status: string }[]): string[] => {
  const statuses = states.map(({ status }) => status)
  return statuses.filter((status, index) => status !== statuses[index - 1])
}

export const expectOrdered = (events: Progress[]): void => {
  for (const states of statesByProfile(events).values())
    for (const [index, { attempts, percent }] of states.entries()) {
      const previous = states[index - 1]
      if (previous === undefined) continue
      expect(attempts).toBeGreaterThanOrEqual(previous.attempts)
      if (attempts === previous.attempts) expect(percent).toBeGreaterThanOrEqual(previous.percent)
    }
}

/** Subscribes to media and collects the events. */
export const watch = (client: Client, ...ids: string[]) => {
  const events: Progress[] = []
  const run = async () => {
    for await (const { mediaProgress } of client.follow(MediaProgressDocument, { ids })) events.push(mediaProgress)
    return events
  }
  const completion = run()
  completion.catch(() => undefined) // tests await it
  const until = (isMatch: (event: Progress) => boolean) =>
    vi.waitUntil(() => events.find(isMatch), { timeout: 30_000, interval: 10 })
  const rendition = async (status: string, predicate: (rendition: Rendition) => boolean = () => true) => {
    const isMatch = (each: Rendition) => each.status === status && predicate(each)
    const event = await until(({ renditions }) => renditions.some(isMatch))
    const match = event?.renditions.find(isMatch)
    if (match === undefined) throw new Error(`no rendition is ${status}`)
    return match
  }
  return { events, completion, until, rendition }
}
