/** Files that operating systems keep in folders for themselves. */
const systemFiles = ['.DS_Store', 'Thumbs.db', 'desktop.ini']

const readFile = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject))

const readEntries = async (entry: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> => {
  const reader = entry.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    // Each call returns at most 100 entries.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) return all
    all.push(...some)
  }
}

const filesOf = async (entry: FileSystemEntry): Promise<File[]> => {
  if (entry.isFile) return systemFiles.includes(entry.name) ? [] : [await readFile(entry as FileSystemFileEntry)] // as: isFile
  const entries = await readEntries(entry as FileSystemDirectoryEntry) // as: not a file, so a folder
  const sorted = entries.toSorted((one, other) => one.name.localeCompare(other.name))
  return filesOfAll(sorted)
}

/** Reads entries; those that cannot be read are left out. */
const filesOfAll = async (entries: readonly FileSystemEntry[]): Promise<File[]> => {
  const results = await Promise.allSettled(entries.map(filesOf))
  return results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
}

/** Returns dropped files, and those in dropped folders. Call it while the drop is handled: later, the data is gone. */
export const readDroppedFiles = async ({ items, files }: DataTransfer): Promise<File[]> => {
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? [])
  const whole = [...files]
  if (entries.every((entry) => entry.isFile)) return whole
  return filesOfAll(entries)
}

export const hasFiles = (transfer: DataTransfer | null): boolean => transfer?.types.includes('Files') ?? false
