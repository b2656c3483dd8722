import type { Client, ClientOptions } from 'graphql-ws'

/** Creates a client of graphql-ws whose code is loaded with the first subscription, after the first requests. */
export const createLazyClient = (options: ClientOptions): Pick<Client, 'subscribe' | 'dispose'> => {
  let client: Promise<Client> | null = null
  const load = async (): Promise<Client> => {
    const { createClient } = await import('graphql-ws')
    return createClient(options)
  }

  return {
    subscribe(request, sink) {
      let isStopped = false
      let stop = (): void => undefined
      client ??= load()
      client.then(
        (loaded) => {
          if (!isStopped) stop = loaded.subscribe(request, sink)
        },
        (error) => {
          // The next subscription tries to load it again.
          client = null
          if (!isStopped) sink.error(error)
        },
      )
      return () => {
        isStopped = true
        stop()
      }
    },
    dispose() {
      void client?.then((loaded) => loaded.dispose())
    },
  }
}
