import type { Client, ClientOptions, createClient } from 'graphql-ws'

/** Loads the constructor of clients. The picker loads it late, since its first download is small. */
export type LoadClient = () => Promise<typeof createClient>

/** Creates a client of graphql-ws that is loaded with the first subscription. */
export const createLazyClient = (
  loadClient: LoadClient,
  options: ClientOptions,
): Pick<Client, 'subscribe' | 'dispose'> => {
  let client: Promise<Client> | null = null
  const load = async (): Promise<Client> => {
    const create = await loadClient()
    return create(options)
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
