import type { PageArguments } from '../services/kernel/paging.ts'

/** A version has one rendition per profile. */
export const renditionsCost = { field: 1, multiplier: 3 }

/** Multiplies the cost of a connection by its maximum page size. */
export const pageCost = ({ first, last }: PageArguments): { field: number; multiplier: number } => ({
  field: 1,
  multiplier: Math.min(100, Math.max(1, first ?? last ?? 20)),
})
