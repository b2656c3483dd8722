import type { Clock, Signer } from '../kernel/ports.ts'

/** Tokens that permit sending the bytes of one upload and nothing else, so that browsers and curl need no user token. */
export interface UploadTokens {
  create(upload: { id: string; expiresAt: Date }): string
  /** Returns false for a token that is forged, malformed, expired or made for another upload. */
  verify(uploadId: string, token: string): boolean
}

/** Name of the HTTP header that carries the token. */
export const uploadTokenHeader = 'Upload-Token'

const tokenPattern = /^(\d{1,12})\.([\w.-]{1,128})$/

const payloadOf = (uploadId: string, expiresEpochSeconds: number): string => `upload:${uploadId}:${expiresEpochSeconds}`

/** Creates tokens `<expires>.<signature>`: the expiry is readable and covered by the signature. */
export const createUploadTokens = ({ signer, clock }: { signer: Signer; clock: Clock }): UploadTokens => ({
  create: ({ id, expiresAt }) => {
    const expiresEpochSeconds = Math.ceil(expiresAt.getTime() / 1000)
    return `${expiresEpochSeconds}.${signer.sign(payloadOf(id, expiresEpochSeconds))}`
  },

  verify: (uploadId, token) => {
    const [, digits, signature] = tokenPattern.exec(token) ?? []
    if (digits === undefined || signature === undefined) return false
    const expiresEpochSeconds = Number(digits)
    if (String(expiresEpochSeconds) !== digits || !signer.verify(payloadOf(uploadId, expiresEpochSeconds), signature))
      return false
    return clock.now().getTime() < expiresEpochSeconds * 1000
  },
})
