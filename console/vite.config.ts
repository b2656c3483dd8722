import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import optimizeLocales from '@react-aria/optimize-locales-plugin'
import react from '@vitejs/plugin-react'
import compileMessage from 'icu-minify/compile'
import { defineConfig, type Plugin } from 'vite'

const folder = import.meta.dirname

/** Writes a `.br` and a `.gz` file beside each asset: the server sends these and compresses nothing itself. */
const precompress = (): Plugin => ({
  name: 'precompress',
  apply: 'build',
  async closeBundle() {
    const assets = join(folder, 'dist', 'assets')
    const all = await readdir(assets)
    const names = all.filter((name) => /\.(js|css|svg)$/.test(name) && !all.includes(`${name}.br`))
    await Promise.all(
      names.map(async (name) => {
        const bytes = await readFile(join(assets, name))
        await writeFile(join(assets, `${name}.br`), await promisify(brotliCompress)(bytes))
        await writeFile(join(assets, `${name}.gz`), await promisify(gzip)(bytes, { level: 9 }))
      }),
    )
  },
})

type Texts = { [key: string]: string | Texts }

const compileTexts = (texts: Texts): object =>
  Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [
      key,
      typeof text === 'string' ? compileMessage(text) : compileTexts(text),
    ]),
  )

/** Parses the texts beforehand: browsers need no parser of messages. */
const compileMessages = (): Plugin => ({
  name: 'compile-messages',
  enforce: 'pre',
  async load(id) {
    if (!/\/messages\/\w+\/\w+\.json$/.test(id)) return null
    return JSON.stringify(compileTexts(JSON.parse(await readFile(id, 'utf8'))))
  },
})

/** Server of the API during development. */
const apiUrl = process.env.MEDIAGRAPH_URL ?? 'http://127.0.0.1:4000'
const toApi = { target: apiUrl, changeOrigin: true, ws: true, headers: { origin: apiUrl } }

/**
 * Entries by mode. The picker is built on its own (`--mode picker`), after the console: parts that both use would be many
 * small files, each of which the first screen would wait for.
 */
const entries = {
  console: { index: join(folder, 'index.html') },
  picker: { picker: join(folder, 'picker.html'), element: join(folder, 'element', 'mediagraph-picker.ts') },
}

export default defineConfig(({ command, mode }) => ({
  root: folder,
  // Relative addresses work at every path below which a proxy serves the console.
  base: command === 'build' ? './' : '/console/',
  cacheDir: join(folder, '..', '.cache', 'vite'),
  resolve: { alias: [{ find: 'use-intl/format-message', replacement: 'use-intl/format-message/format-only' }] },
  plugins: [
    compileMessages(),
    react(),
    { ...optimizeLocales.vite({ locales: ['en-US', 'de-DE'] }), enforce: 'pre' },
    precompress(),
  ],
  build: {
    target: 'es2023',
    outDir: 'dist',
    emptyOutDir: mode !== 'picker',
    manifest: `.vite/${mode === 'picker' ? 'picker' : 'console'}.json`,
    // The policy of the page allows no `data:` scripts and styles, nor the inline script of the polyfill.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: mode === 'picker' ? entries.picker : entries.console,
      // Pages of other sites name the script of the element.
      output: { entryFileNames: ({ name }) => (name === 'element' ? 'picker.js' : 'assets/[name]-[hash].js') },
    },
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/graphql': toApi,
      '/uploads': toApi,
      '/files': toApi,
      '/console/session': toApi,
      '/console/callback': toApi,
      // The picker needs the policy and the origins that the server writes: it comes from the last build.
      '/console/picker': toApi,
      '/console/assets': toApi,
    },
  },
}))
