const prefix = 'mediagraph-upload '

/** Lock manager of the browser; absent on pages without https, except on this machine. */
const locks = (): LockManager | undefined => (navigator as { locks?: LockManager }).locks

/**
 * Tells other pages of this browser that a page works on an upload, until the returned function is called or the page is
 * closed.
 */
export const holdUpload = (uploadId: string): (() => void) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  void locks()?.request(prefix + uploadId, () => promise)
  return resolve
}

/** Ids of the uploads on which pages of this browser work. */
export const readHeldUploads = async (): Promise<ReadonlySet<string>> => {
  const { held = [] } = (await locks()?.query()) ?? {}
  const names = held.map(({ name = '' }) => name)
  return new Set(names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length)))
}
