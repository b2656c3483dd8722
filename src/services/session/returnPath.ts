import { InvalidInputError } from '../kernel/errors.ts'

/** Where the browser goes after a sign-in without a former path. */
const defaultReturnPath = '/console/'

const maxLength = 2000

/** Path, query and fragment of URL characters only: neither backslashes nor white space. */
const characters = /^[\w\-.~!$&'()*+,;=:@/?#%]+$/

/** Escapes that some servers and browsers decode to another path: dots, slashes, backslashes, `%`, control characters. */
const trickyEscape = /%(?:2e|2f|5c|25|7f|[01][0-9a-f])/i

/** Pages that sign in or out: a browser that returned there would begin again. */
const signInPages = ['/console/sign-in', '/console/callback', '/console/session']

/** Decodes the escapes of ASCII characters, as a router does. */
const decode = (path: string): string =>
  path.replace(/%([0-7][0-9a-f])/gi, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)))

const isReturnPath = (path: string): boolean => {
  if (path.length > maxLength || !characters.test(path)) return false
  const [pathname = ''] = path.split(/[?#]/, 1)
  if (!pathname.startsWith('/console/') || pathname.includes('//') || trickyEscape.test(pathname)) return false
  const url = URL.parse(path, 'http://console.invalid')
  // Dot segments are gone from the parsed path.
  return (
    url !== null &&
    url.host === 'console.invalid' &&
    url.pathname === pathname &&
    !signInPages.includes(decode(pathname))
  )
}

/** Checks the path to which a browser returns, so that no link can lead elsewhere. */
export const parseReturnPath = (path: string | null): string => {
  if (path === null || path === '') return defaultReturnPath
  if (isReturnPath(path)) return path
  throw new InvalidInputError([{ path: 'return', message: 'Must be a path of this site that begins with /console/.' }])
}
