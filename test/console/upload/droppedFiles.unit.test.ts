import { describe, expect, it } from 'vitest'
import { readDroppedFiles } from '../../../console/src/parts/upload/droppedFiles.ts'

interface FakeEntry {
  name: string
  isFile: boolean
}

const fileEntry = (name: string) => ({
  name,
  isFile: true,
  file: (resolve: (file: File) => void) => resolve(new File(['a'], name)),
})

/** A folder that lists its entries in portions, as browsers do. */
const folderEntry = (name: string, entries: FakeEntry[], portion = 100) => ({
  name,
  isFile: false,
  createReader: () => {
    const rest = [...entries]
    return { readEntries: (resolve: (some: FakeEntry[]) => void) => resolve(rest.splice(0, portion)) }
  },
})

const drop = async (entries: FakeEntry[]): Promise<string[]> => {
  const transfer = { items: entries.map((entry) => ({ webkitGetAsEntry: () => entry })), files: [] }
  const files = await readDroppedFiles(transfer as unknown as DataTransfer) // as: what the function reads of it
  return files.map(({ name }) => name)
}

describe('a dropped folder', () => {
  it('gives the files of all its folders', async () => {
    const inner = folderEntry('inner', [fileEntry('b.png')])
    expect(await drop([folderEntry('outer', [fileEntry('a.png'), inner]), fileEntry('c.png')])).toEqual([
      'a.png',
      'b.png',
      'c.png',
    ])
  })

  it('gives all files of a folder that the browser lists in portions', async () => {
    const names = Array.from({ length: 250 }, (_, index) => `${String(index).padStart(3, '0')}.png`)
    expect(await drop([folderEntry('many', names.map(fileEntry))])).toEqual(names)
  })

  it('leaves out files of the operating system', async () => {
    expect(await drop([folderEntry('photos', ['.DS_Store', 'a.png', 'Thumbs.db'].map(fileEntry))])).toEqual(['a.png'])
  })
})
