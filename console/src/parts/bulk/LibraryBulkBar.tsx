import { useSelection } from '../../state/selection.ts'
import { BulkBar } from './BulkBar.tsx'

/** Shows the bulk changes of the library while something is selected. It is not fetched later: keys start its changes. */
export const LibraryBulkBar = () => {
  const { selection, selectedCount, toBulkInput, clear } = useSelection()
  const count = selectedCount()
  if (selection.type === 'ids' && count === 0) return null
  return <BulkBar input={toBulkInput()} count={count} onClear={clear} />
}
