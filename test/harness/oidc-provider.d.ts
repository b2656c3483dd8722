declare module 'oidc-provider' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

  interface Grant {
    addOIDCScope(scope: string): void
    save(): Promise<string>
  }

  interface Context {
    oidc: {
      provider: Provider
      session?: { accountId?: string }
    }
  }

  interface Configuration {
    clients: { client_id: string; client_secret: string; redirect_uris: string[] }[]
    cookies: { keys: string[] }
    claims: Record<string, string[]>
    conformIdTokenClaims: boolean
    findAccount: (
      context: Context,
      sub: string,
    ) => Promise<{ accountId: string; claims: () => Promise<Record<string, unknown>> }>
    pkce: { required: () => boolean }
    features: { devInteractions: { enabled: boolean } }
    interactions: { url: (context: Context, interaction: { uid: string }) => string }
    ttl: Record<string, number | (() => number)>
    loadExistingGrant: (context: Context) => Promise<Grant>
  }

  /** Members that the tests use. */
  export class Provider {
    constructor(issuer: string, configuration: Configuration)
    Grant: new (grant: {
      clientId: string
      accountId: string | undefined
    }) => Grant
    callback(): RequestListener
    interactionFinished(req: IncomingMessage, res: ServerResponse, result: object): Promise<void>
  }
}
