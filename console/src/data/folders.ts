import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { RequestError } from '../api/errors.ts'
import {
  FolderCreateDocument,
  type FolderCreateInput,
  FolderDeleteDocument,
  FolderLevelDocument,
  type FolderLevelQuery,
  FolderPathDocument,
  type FolderPathQuery,
  FolderUpdateDocument,
  type FolderUpdateInput,
} from '../api/generated/documents.ts'
import { keys } from '../api/keys.ts'
import { unwrap } from '../api/refusal.ts'
import { usePollInterval } from './connection.ts'
import { useServer } from './context.ts'
import { useSession } from './session.ts'

export type FolderRow = FolderLevelQuery['folders'][number]

type FolderWithPath = Extract<FolderPathQuery['node'], { ancestors: unknown }>

const isFolder = (node: FolderPathQuery['node']): node is FolderWithPath => node !== null && 'ancestors' in node

/** Lists the folders directly in a folder, or at the root if it is null. */
export const useFolderLevel = (parentId: string | null) => {
  const { send } = useServer()
  return useQuery({
    queryKey: keys.folderLevel(parentId),
    queryFn: ({ signal }) => send(FolderLevelDocument, { parentId }, { signal }),
    select: ({ folders }) => folders,
    refetchInterval: usePollInterval(),
  })
}

/** Returns a folder with those above it, from the root down; null if it does not exist. */
export const useFolderPath = (id: string | undefined) => {
  const { send } = useServer()
  return useQuery({
    queryKey: keys.folderPath(id ?? ''),
    queryFn: ({ signal }) => send(FolderPathDocument, { id: id ?? '' }, { signal }),
    select: ({ node }) => (isFolder(node) ? node : null),
    enabled: id !== undefined,
  })
}

/** Whether the caller may create, rename, move and delete folders. */
export const useMayChangeFolders = (): boolean => useSession().viewer.role !== 'VIEWER'

interface Change<Input> {
  input: Input
  /** Kept when the same change is sent again. */
  idempotencyKey: string
}

const maxRetries = 2
/** Repeats a change that got no response; its key makes sure that it happens once. */
const retry = (count: number, error: Error): boolean =>
  count < maxRetries && error instanceof RequestError && error.code === 'OFFLINE'

const useFolderChange = <Input, Result>(change: (change: Change<Input>) => Promise<Result>) => {
  const queryClient = useQueryClient()
  const { mutateAsync, ...mutation } = useMutation({
    mutationFn: change,
    retry,
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.allFolders }),
  })
  return {
    ...mutation,
    /** Sends the change. Rejects with RefusalError or RequestError. */
    run: (input: Input): Promise<Result> => mutateAsync({ input, idempotencyKey: crypto.randomUUID() }),
  }
}

export const useFolderCreate = () => {
  const { send } = useServer()
  return useFolderChange(async ({ input, idempotencyKey }: Change<FolderCreateInput>) =>
    unwrap((await send(FolderCreateDocument, { input }, { idempotencyKey })).folderCreate),
  )
}

/** Renames a folder, or moves it. */
export const useFolderUpdate = () => {
  const { send } = useServer()
  return useFolderChange(async ({ input, idempotencyKey }: Change<FolderUpdateInput>) =>
    unwrap((await send(FolderUpdateDocument, { input }, { idempotencyKey })).folderUpdate),
  )
}

export const useFolderDelete = () => {
  const { send } = useServer()
  return useFolderChange(async ({ input: id, idempotencyKey }: Change<string>) =>
    unwrap((await send(FolderDeleteDocument, { id }, { idempotencyKey })).folderDelete),
  )
}
