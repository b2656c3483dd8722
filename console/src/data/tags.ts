import { useQuery } from '@tanstack/react-query'
import { TagSuggestionsDocument } from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { useServer } from './context.ts'

/** Finds tags that contain a text, the most used first; without a text, the most used tags. */
export const useTagSuggestions = (search: string, isEnabled = true) => {
  const { send } = useServer()
  return useQuery({
    queryKey: keys.tagSuggestions(search),
    queryFn: ({ signal }) => send(TagSuggestionsDocument, { search }, { signal }),
    select: ({ tags }) => tags,
    placeholderData: (previous) => previous,
    enabled: isEnabled,
  })
}
