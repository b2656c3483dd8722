import { describe, expect } from 'vitest'
import { FolderLevelDocument, MediaUpdateDocument } from '../../../client/generated/documents.ts'
import { trashMedia } from '../../harness/seed.ts'
import { it as base } from './folderIt.ts'

/** A folder at the root with two levels below it: one media in each folder, and one in the trash. */
const it = base.extend(
  'tree',
  { scope: 'file', auto: true },
  async ({ world, users: { editor }, seedFolder, createMedia }) => {
    const root = await seedFolder('Root')
    const [left, right] = [await seedFolder('Left', root), await seedFolder('Right', root)]
    const leaf = await seedFolder('Leaf', left)
    const file = async (folderId: string): Promise<string> => {
      const id = await createMedia()
      await editor.send(MediaUpdateDocument, { input: { id, folderId } })
      return id
    }
    for (const folderId of [root, left, right, leaf]) await file(folderId)
    await trashMedia(world, await file(leaf))
    return { root, left, right, leaf }
  },
)

describe('a folder', () => {
  it('counts the folders directly in it', async ({ users: { viewer }, tree }) => {
    const { folders } = await viewer.send(FolderLevelDocument, { parentId: tree.root })
    expect(folders.map(({ name, childCount }) => [name, childCount])).toEqual([
      ['Left', 1],
      ['Right', 0],
    ])
  })

  it('counts the media outside the trash in it with those of all folders below', async ({
    users: { viewer },
    tree,
  }) => {
    const { folders } = await viewer.send(FolderLevelDocument, { parentId: null })
    expect(folders.find(({ id }) => id === tree.root)).toMatchObject({ mediaCount: 1, subtreeMediaCount: 4 })
    const level = await viewer.send(FolderLevelDocument, { parentId: tree.root })
    expect(level.folders.map(({ subtreeMediaCount }) => subtreeMediaCount)).toEqual([2, 1])
  })

  it('lists its ancestors from the root to its parent', async ({ users: { viewer }, tree }) => {
    const { folders } = await viewer.send(FolderLevelDocument, { parentId: tree.left })
    expect(folders).toMatchObject([
      {
        id: tree.leaf,
        ancestors: [
          { id: tree.root, name: 'Root' },
          { id: tree.left, name: 'Left' },
        ],
      },
    ])
  })

  it('has no ancestors at the root', async ({ users: { viewer }, tree }) => {
    const { folders } = await viewer.send(FolderLevelDocument, { parentId: null })
    expect(folders.find(({ id }) => id === tree.root)?.ancestors).toEqual([])
  })

  it('is counted with as many statements for nine siblings as for two', async ({
    world,
    users: { viewer },
    seedFolder,
  }) => {
    const statementsFor = async (count: number): Promise<number> => {
      const parentId = await seedFolder(`Siblings ${count}`)
      for (let index = 0; index < count; index++)
        await seedFolder('Below', await seedFolder(`Sibling ${index}`, parentId))
      const statements = await world.captureStatements(async () => {
        const { folders } = await viewer.send(FolderLevelDocument, { parentId })
        expect(folders).toHaveLength(count)
      })
      return statements.length
    }
    await viewer.send(FolderLevelDocument, {})
    const statementCount = await statementsFor(2)
    expect(await statementsFor(9)).toBe(statementCount)
    expect(statementCount).toBe(6)
  })
})
