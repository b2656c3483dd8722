import sharp from 'sharp'

export interface Shape {
  width: number
  height: number
}

/** Sizes of originals: landscape, portrait and square. */
const imageShapes: readonly Shape[] = [
  { width: 1280, height: 720 },
  { width: 1200, height: 800 },
  { width: 900, height: 1200 },
  { width: 1000, height: 1000 },
]

export const imageShape = (number: number): Shape =>
  imageShapes[number % imageShapes.length] ?? { width: 1280, height: 720 }

/** Returns a function that draws the same pseudo-random values in [0, 1) for the same number (mulberry32). */
const createDraw = (number: number) => {
  let state = Math.imul(number, 0x9e3779b1) | 0
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Draws a landscape with a sun, hills and leaves, different for each number and in the shape that is asked for. */
const svgOf = (number: number, { width, height }: Shape): string => {
  const draw = createDraw(number)
  const hue = Math.floor(360 * draw())
  const colour = (turn: number, light: number) => `hsl(${(hue + turn) % 360} 60% ${light}%)`
  const hill = (base: number, light: number) => {
    const points = Array.from({ length: 9 }, (_, index) => `${index * 12.5} ${base - 12 * draw()}`)
    return `<polygon points="0 100 ${points.join(' ')} 100 100" fill="${colour(120, light)}"/>`
  }
  const leaf = () => {
    const [x, y, size] = [100 * draw(), 60 + 40 * draw(), 1 + 4 * draw()]
    return `<ellipse cx="${x}" cy="${y}" rx="${size}" ry="${size / 2}" transform="rotate(${360 * draw()} ${x} ${y})" fill="${colour(80 * draw(), 30 + 40 * draw())}" opacity=".8"/>`
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" preserveAspectRatio="none" width="${width}" height="${height}">
    <linearGradient id="sky" x2="0" y2="1"><stop stop-color="${colour(0, 35)}"/><stop offset="1" stop-color="${colour(40, 85)}"/></linearGradient>
    <rect width="100" height="100" fill="url(#sky)"/>
    <circle cx="${15 + 70 * draw()}" cy="${12 + 30 * draw()}" r="${4 + 8 * draw()}" fill="${colour(40, 92)}"/>
    ${hill(60, 45)}${hill(75, 33)}${hill(90, 22)}${Array.from({ length: 40 }, leaf).join('')}</svg>`
}

export const drawPicture = (number: number, shape: Shape) => sharp(Buffer.from(svgOf(number, shape))).removeAlpha()
