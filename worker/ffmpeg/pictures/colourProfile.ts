import { toLinear } from './transfer.ts'

type Triple = readonly [number, number, number]

/** XYZ of red, green and blue, adapted to the white of ICC (D50), by the code of ITU-T H.273. */
const primariesByCode: Record<number, readonly [Triple, Triple, Triple]> = {
  1: [
    [0.43607, 0.22249, 0.01392],
    [0.38515, 0.71687, 0.09708],
    [0.14307, 0.06061, 0.7141],
  ],
  // BT.2020
  9: [
    [0.67346, 0.27903, -0.00193],
    [0.16566, 0.67534, 0.02998],
    [0.1251, 0.04563, 0.79716],
  ],
  // Display P3
  12: [
    [0.5151, 0.24118, -0.00105],
    [0.29197, 0.69224, 0.04188],
    [0.15715, 0.06658, 0.78438],
  ],
}

const curveLength = 4096

const toFixed = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(Math.round(value * 65_536))
  return bytes
}

const createXyz = (values: Triple): Buffer =>
  Buffer.concat([Buffer.from('XYZ \0\0\0\0', 'latin1'), ...values.map(toFixed)])

const createCurve = (transfer: number): Buffer => {
  const bytes = Buffer.alloc(12 + 2 * curveLength)
  bytes.write('curv', 'latin1')
  bytes.writeUInt32BE(curveLength, 8)
  for (let index = 0; index < curveLength; index++)
    bytes.writeUInt16BE(Math.round(65_535 * toLinear(transfer, index / (curveLength - 1))), 12 + 2 * index)
  return bytes
}

const createHeader = (sizeBytes: number): Buffer => {
  const header = Buffer.alloc(128)
  header.writeUInt32BE(sizeBytes, 0)
  header.writeUInt32BE(0x02400000, 8)
  header.write('mntrRGB XYZ ', 12, 'latin1')
  header.write('acsp', 36, 'latin1')
  Buffer.concat(([0.9642, 1, 0.82491] as const).map(toFixed)).copy(header, 68)
  return header
}

/**
 * Creates the ICC profile of colours that a file describes by codes of ITU-T H.273. Its curve also brings high dynamic
 * range into the range of screens. Null for sRGB, BT.709 and unknown codes, which need no conversion.
 */
export const createProfile = ({ primaries, transfer }: { primaries: number; transfer: number }): Buffer | null => {
  const hasHighRange = transfer === 16 || transfer === 18
  const columns = primariesByCode[primaries] ?? (hasHighRange ? primariesByCode[9] : undefined)
  if (columns === undefined || (primaries === 1 && !hasHighRange)) return null
  const elements = [...columns.map(createXyz), createCurve(transfer)]
  const names = ['rXYZ', 'gXYZ', 'bXYZ', 'rTRC', 'gTRC', 'bTRC']
  const table = Buffer.alloc(4 + 12 * names.length)
  table.writeUInt32BE(names.length, 0)
  for (const [index, name] of names.entries()) {
    // All colours share the curve, which is the last element.
    const element = Math.min(index, elements.length - 1)
    const offset = 128 + table.length + 20 * element
    table.write(name, 4 + 12 * index, 'latin1')
    table.writeUInt32BE(offset, 8 + 12 * index)
    table.writeUInt32BE(elements[element]?.length ?? 0, 12 + 12 * index)
  }
  const body = Buffer.concat([table, ...elements])
  return Buffer.concat([createHeader(128 + body.length), body])
}
