/** Light of a sheet of white paper in pictures of high dynamic range, in cd/m² (ITU-R BT.2408). */
const paperWhite = 203

/** PQ (SMPTE ST 2084): light in cd/m². */
const decodePq = (value: number): number => {
  const power = value ** (32 / 2523)
  return 10_000 * (Math.max(0, power - 0.8359375) / (18.8515625 - 18.6875 * power)) ** (16_384 / 2610)
}

/** HLG (ARIB STD-B67) on a screen of 1,000 cd/m²: light in cd/m². */
const decodeHlg = (value: number): number => {
  const scene = value <= 0.5 ? value ** 2 / 3 : (Math.exp((value - 0.55991073) / 0.17883277) + 0.28466892) / 12
  return 1000 * scene ** 1.2
}

const decodeSrgb = (value: number): number => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)

/** Keeps the lower half of the range and compresses what is brighter, smoothly, to at most 1. */
const compress = (light: number): number => (light <= 0.5 ? light : 1 - 0.5 * Math.exp(-(light - 0.5) / 0.5))

/** Decodes a value from 0 to 1 by its transfer code of ITU-T H.273 to light from 0 to 1, as screens can show it. */
export const toLinear = (transfer: number, value: number): number => {
  if (transfer === 16) return compress(decodePq(value) / paperWhite)
  if (transfer === 18) return compress(decodeHlg(value) / paperWhite)
  return decodeSrgb(value)
}
