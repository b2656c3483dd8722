import { type Browser, chromium } from 'playwright-core'
import { findChromium } from '../../scripts/setup/chromium.mjs'

const flags = [
  ...['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required'],
]

/** Starts a Chromium without a window: that of CHROMIUM_PATH, the machine's, or the one that setup has downloaded. */
export const openChromium = async (): Promise<Browser> => {
  const executablePath = findChromium()
  if (executablePath === null)
    throw new Error('Chromium is missing. Run `npm run test:browser`, which downloads it, or set CHROMIUM_PATH.')
  return chromium.launch({ executablePath, args: flags })
}
