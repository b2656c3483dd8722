/** Messages between the tabs and windows of one browser, which share a session. */
const name = 'mediagraph-session'

/** Tells the other tabs that this browser is signed in. */
export const announceSignIn = (): void => {
  const channel = new BroadcastChannel(name)
  channel.postMessage('signed-in')
  channel.close()
}

/** Calls the listener after each sign-in in another tab; returns a function that stops. */
export const onSignIn = (listener: () => void): (() => void) => {
  const channel = new BroadcastChannel(name)
  channel.addEventListener('message', listener)
  return () => channel.close()
}
