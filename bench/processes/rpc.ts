/** Handles messages of the parent process until SIGTERM; sends one reply each. A message that fails exits with code 1. */
export const serveRequests = <Message>(
  handle: (message: Message) => Promise<unknown>,
  close: () => Promise<void> = async () => {},
): void => {
  process.on('message', (message: Message) => {
    handle(message).then(
      (reply) => process.send?.(reply),
      (error: unknown) => {
        process.stderr.write(`${error}\n`)
        process.exit(1)
      },
    )
  })
  process.once('SIGTERM', () => {
    close().finally(() => process.exit(0))
  })
  process.send?.('ready')
}
