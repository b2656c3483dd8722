import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

/** Answer of the worker to a file. */
export type HashAnswer = { sha256: string } | { error: string }

const hash = async (file: Blob): Promise<string> => {
  const digest = sha256.create()
  const reader = file.stream().getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return bytesToHex(digest.digest())
    digest.update(value)
  }
}

const answer = (message: HashAnswer): void => postMessage(message)

addEventListener('message', ({ data }: MessageEvent<Blob>) => {
  hash(data).then(
    (text) => answer({ sha256: text }),
    (error: unknown) => answer({ error: String(error) }),
  )
})
