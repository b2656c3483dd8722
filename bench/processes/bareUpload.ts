import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

// The minimum: writes the request to a file and answers with its SHA-256. `/cached` answers without fsync,
// `/synchronised` after that of the file, and `/named` also gives it its final name, as a server must that keeps it.
const folder = process.env.DATA_DIR ?? '.'
let count = 0

const syncFolder = async (): Promise<void> => {
  await using handle = await open(folder)
  await handle.sync()
}

const server = createServer(async (request, response) => {
  const path = join(folder, `bare-${count++}.bin`)
  const finalPath = `${path}.final`
  const hash = createHash('sha256')
  request.on('data', (chunk: Buffer) => hash.update(chunk))
  try {
    // `flush` synchronises the file before it is closed.
    await pipeline(request, createWriteStream(path, { flush: request.url !== '/cached' }))
    if (request.url === '/named') {
      await rename(path, finalPath)
      await syncFolder()
    }
    response.statusCode = 204
    response.setHeader('X-Sha256', hash.digest('hex')).end()
  } catch (error) {
    response.statusCode = 500
    response.end(String(error))
  } finally {
    await rm(path, { force: true })
    await rm(finalPath, { force: true })
  }
})

server.listen(0, '127.0.0.1', () => process.send?.('ready'))
process.on('message', () => process.send?.(server.address()))
