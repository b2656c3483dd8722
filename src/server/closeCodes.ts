/** Close codes of the server, besides those of the graphql-transport-ws protocol. */
export const closeCodes = {
  /** The server shuts down; reconnect. */
  goingAway: 1001,
  /** Authentication failed because of a server error; reconnect later. */
  tryAgainLater: 1013,
  /**
   * No token, one that never was valid, or one whose key was withdrawn; a session that was signed out, or the cookie of one
   * from a foreign page. Clients of graphql-ws give up.
   */
  unauthenticated: 4401,
  /** The token or session has expired. Clients of graphql-ws ask for new connection parameters and reconnect, unlike after 4401. */
  tokenExpired: 4403,
  /** The client stopped reading; a new subscription shows what it missed. The protocol already uses 4408. */
  tooSlow: 4413,
  /** Too many sockets of the user, or too many refused operations. Client libraries do not reconnect by themselves. */
  tooMany: 4429,
} as const
