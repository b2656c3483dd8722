import { consoleUrl } from '../../api/consolePath.ts'

/** Address that begins a sign-in at the login service. It ends at `returnPath`, which begins with `/console/`. */
export const serviceUrl = (returnPath: string): string =>
  consoleUrl(`sign-in?${new URLSearchParams({ issuer: 'true', return: returnPath })}`)
