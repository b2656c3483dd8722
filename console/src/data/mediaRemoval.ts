import type { QueryClient } from '@tanstack/react-query'
import { keys } from '../api/keys.ts'

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

const isOf = (node: Json, ids: ReadonlySet<string>): boolean =>
  typeof node === 'object' && node !== null && 'id' in node && typeof node.id === 'string' && ids.has(node.id)

/** Returns an answer without these media in any `nodes` or `items` of it, and the same object if it has none of them. */
export const withoutMedia = (value: Json, ids: ReadonlySet<string>): Json => {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const next = value.map((one: Json) => withoutMedia(one, ids))
    return next.some((one, index) => one !== value[index]) ? next : value
  }
  const entries = Object.entries(value).map(([key, held]): [string, Json] => {
    if ((key !== 'nodes' && key !== 'items') || !Array.isArray(held)) return [key, withoutMedia(held, ids)]
    const nodes: readonly Json[] = held
    return [key, nodes.some((node) => isOf(node, ids)) ? nodes.filter((node) => !isOf(node, ids)) : nodes]
  })
  return entries.every(([key, held]) => held === (value as { [key: string]: Json })[key]) // as: an object that is no array
    ? value
    : Object.fromEntries(entries)
}

/** Takes media out of the cached lists below `queryKey` before the server has answered. Returns a function that puts them back. */
export const removeFromLists = async (
  queryClient: QueryClient,
  queryKey: readonly unknown[],
  ids: ReadonlySet<string>,
): Promise<() => void> => {
  await queryClient.cancelQueries({ queryKey })
  const before = queryClient.getQueriesData<Json>({ queryKey })
  queryClient.setQueriesData<Json>({ queryKey }, (data) => data && withoutMedia(data, ids))
  return () => {
    for (const [key, data] of before) queryClient.setQueryData(key, data)
  }
}

/** Asks again for everything that media in or out of the trash change. */
export const invalidateMedia = (queryClient: QueryClient): Promise<void> =>
  queryClient.invalidateQueries({ queryKey: keys.allMedia })
