import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

// The minimum: writes the request to a file and answers with its SHA-256.
const folder = process.env.DATA_DIR ?? '.'

const server = createServer(async (request, response) => {
  const path = join(folder, 'bare.bin')
  const hash = createHash('sha256')
  request.on('data', (chunk: Buffer) => hash.update(chunk))
  try {
    // `flush` synchronises the file before it is closed.
    await pipeline(request, createWriteStream(path, { flush: request.url === '/synchronised' }))
    response.statusCode = 204
    response.setHeader('X-Sha256', hash.digest('hex')).end()
  } catch (error) {
    response.statusCode = 500
    response.end(String(error))
  } finally {
    await rm(path, { force: true })
  }
})

server.listen(0, '127.0.0.1', () => process.send?.('ready'))
process.on('message', () => process.send?.(server.address()))
