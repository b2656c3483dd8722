import { z } from 'zod'

/** Defect of bytes that are usable all the same, in words for the person who uploaded the file; stored as JSON. */
const warningShape = z.object({ code: z.string(), message: z.string() })

export type MediaWarning = z.infer<typeof warningShape>

/** Parses the stored column, which is null if there are no warnings. */
export const parseWarnings = (stored: unknown): MediaWarning[] => warningShape.array().parse(stored ?? [])
