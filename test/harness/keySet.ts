import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

interface SigningKey {
  kid: string
  keys: Awaited<ReturnType<typeof generateKeyPair>>
}

export const createSigningKey = async (kid: string): Promise<SigningKey> => ({
  kid,
  keys: await generateKeyPair('RS256'),
})

/** Issues a token of the editor Ada. */
export const issueToken = ({ kid, keys }: SigningKey): Promise<string> =>
  new SignJWT({ name: 'Ada', role: 'editor' })
    .setProtectedHeader({ alg: 'RS256', kid })
    .setSubject('ada')
    .setExpirationTime('1h')
    .sign(keys.privateKey)

/** Starts a server on loopback that publishes the key set of an issuer of tokens. */
export const startKeySet = async () => {
  let body = '{"keys":[]}'
  const server = createServer((_req, res) => {
    res.setHeader('Content-Type', 'application/json')
    res.end(body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // as: a TCP server has no other address
  return {
    url: `http://127.0.0.1:${port}/jwks.json`,
    async publish(...signingKeys: SigningKey[]) {
      const entries = signingKeys.map(async ({ kid, keys }) => ({
        ...(await exportJWK(keys.publicKey)),
        kid,
        alg: 'RS256',
        use: 'sig',
      }))
      body = JSON.stringify({ keys: await Promise.all(entries) })
    },
    close: () => void server.close(),
  }
}
