const relativePath = document.querySelector<HTMLMetaElement>('meta[name=console-path]')?.content ?? './'

/** Path below which the console is served, with its closing slash: `/console/`, or longer behind a proxy. */
export const consolePath = import.meta.env.DEV
  ? import.meta.env.BASE_URL
  : new URL(relativePath, location.href).pathname

/** Address of a path of the server that lies outside the console, such as `graphql`. */
export const serverUrl = (path: string): string => new URL(`../${path}`, new URL(consolePath, location.href)).href

/** Address of a path of the console. */
export const consoleUrl = (path: string): string => new URL(path, new URL(consolePath, location.href)).href
