/** Why the server closes a socket, beside what the graphql-transport-ws protocol defines. */
export const closeCodes = {
  /** The server goes down; connect again. */
  goingAway: 1001,
  /** Who calls could not be found out, for a reason on our side; connect again later. */
  tryAgainLater: 1013,
  /** No token, or one that is forged, malformed or expired. */
  unauthenticated: 4401,
  /** The client has stopped reading; what it missed is shown when it subscribes again. The protocol has 4408 and 4429. */
  tooSlow: 4413,
} as const
