import { skipToken, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { keys } from '../api/keys.ts'
import { followProgress } from '../live/mediaProgress.ts'
import { useServer } from './context.ts'

/** Media that one subscription may follow. */
const maxFollowed = 100

/** Waits until the person stops scrolling before other media are followed. */
const settleMs = 200

/** Follows the processing of media: `usePercent` of each shows it. */
export const useFollowProgress = (ids: readonly string[]): void => {
  const { observer } = useServer()
  const queryClient = useQueryClient()
  const followed = ids.slice(0, maxFollowed).join(' ')
  useEffect(() => {
    if (followed === '') return
    let stop: (() => void) | undefined
    const timer = setTimeout(() => {
      stop = followProgress(observer, followed.split(' '), (percents) => {
        for (const [id, percent] of percents) queryClient.setQueryData(keys.mediaProgress(id), percent)
      })
    }, settleMs)
    return () => {
      clearTimeout(timer)
      stop?.()
    }
  }, [observer, queryClient, followed])
}

/** Percentage of the processing of a media that is followed; null while it is not known. */
export const usePercent = (id: string): number | null =>
  useQuery<number | null>({ queryKey: keys.mediaProgress(id), queryFn: skipToken }).data ?? null
