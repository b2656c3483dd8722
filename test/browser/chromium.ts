import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const flags = [
  ...['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required'],
]

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Starts the Chromium of the machine, without a window. */
export const openChromium = async (): Promise<Browser> => {
  const executablePath = process.env.CHROMIUM_PATH ?? candidates.find((path) => existsSync(path))
  if (executablePath === undefined)
    throw new Error('No Chromium found: install it (for example `apt install chromium`) or set CHROMIUM_PATH.')
  return chromium.launch({ executablePath, args: flags })
}
