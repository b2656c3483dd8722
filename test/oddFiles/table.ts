import { cutPictures } from './cutPictures.ts'
import { cutRecordings } from './cutRecordings.ts'
import { unknownLengths } from './lengths.ts'
import { refused } from './refused.ts'
import type { OddFile, OddFileTable } from './row.ts'
import { streams } from './streams.ts'
import { texts } from './texts.ts'
import { wholePictures } from './wholePictures.ts'

const table: OddFileTable = {
  ...cutPictures,
  ...wholePictures,
  ...cutRecordings,
  ...unknownLengths,
  ...streams,
  ...texts,
  ...refused,
}

/** One row for each kind of odd file, by its description. */
export const oddFiles: [description: string, file: OddFile][] = Object.entries(table)
