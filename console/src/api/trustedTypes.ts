/** The part of Trusted Types that the console uses; browsers without it check nothing. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string }
}

const checkScriptUrl = (text: string): string => {
  const url = new URL(text, location.href)
  if (url.origin !== location.origin) throw new TypeError(`${url.origin} is not the origin of this page.`)
  return url.href
}

const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes } // as: TypeScript does not know Trusted Types yet
const policy = trustedTypes?.createPolicy('mediagraph', { createScriptURL: checkScriptUrl })

/** Starts a worker of this page's own origin. `url` comes from an import that ends with `?worker&url`. */
export const startWorker = (url: string): Worker =>
  new Worker(policy?.createScriptURL(url) ?? checkScriptUrl(url), { type: 'module' })
