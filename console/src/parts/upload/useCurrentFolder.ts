import { useSearch } from '@tanstack/react-router'

/** Id of the folder that the address of the screen names, null if it names none. Uploads that start there go into it. */
export const useCurrentFolder = (): string | null => {
  const folder = useSearch({ strict: false, select: (search: { folder?: unknown }) => search.folder })
  return typeof folder === 'string' && folder !== 'root' ? folder : null
}
