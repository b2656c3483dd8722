const key = 'mediagraph-service-visit'

/**
 * Whether the console may go to the login service by itself: once per tab until a session exists. Without this limit, a
 * service whose sessions the server refuses would send the browser around in a circle.
 */
export const beginServiceVisit = (): boolean => {
  if (sessionStorage.getItem(key) !== null) return false
  sessionStorage.setItem(key, 'begun')
  return true
}

export const endServiceVisit = (): void => sessionStorage.removeItem(key)
