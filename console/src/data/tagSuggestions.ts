import { useQuery } from '@tanstack/react-query'
import { TagSuggestionsDocument } from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { useServer } from './context.ts'

/** Tags in use that contain a text, most used first. */
export const useTagSuggestions = (search: string) => {
  const { send } = useServer()
  return useQuery({
    queryKey: keys.tagSuggestions(search),
    queryFn: ({ signal }) => send(TagSuggestionsDocument, { search }, { signal }),
    select: ({ tags }) => tags,
    placeholderData: (previous) => previous,
  })
}
