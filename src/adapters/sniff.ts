import { fileTypeFromFile } from 'file-type'
import type { FileSniffer } from '../services/fileTypes.ts'

/** Reads the type from the first bytes by their signatures. */
export const sniff: FileSniffer = async (path) => (await fileTypeFromFile(path))?.mime ?? null
