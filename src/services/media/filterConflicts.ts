interface Fields {
  atRoot?: boolean | null | undefined
  folderId?: string | null | undefined
  inFolder?: string | null | undefined
  minDurationSeconds?: number | null | undefined
  maxDurationSeconds?: number | null | undefined
}

interface Conflict {
  path: [keyof Fields]
  message: string
}

/** Finds fields of a filter that contradict each other, which is a mistake of the client: no media could match them. */
export const findConflicts = ({
  atRoot,
  folderId,
  inFolder,
  minDurationSeconds: min,
  maxDurationSeconds: max,
}: Fields): Conflict[] => [
  ...(atRoot && (folderId != null || inFolder != null)
    ? [{ path: ['atRoot'], message: 'Cannot be combined with folderId or inFolder.' } satisfies Conflict]
    : []),
  ...(min != null && max != null && min > max
    ? [{ path: ['minDurationSeconds'], message: 'Must not exceed maxDurationSeconds.' } satisfies Conflict]
    : []),
]
