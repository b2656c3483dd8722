/** Promise of Prisma's client. Besides `then`, it has what transactions and relations of one row need. */
export type PrismaPromise = PromiseLike<unknown> & object

/**
 * Creates a promise that starts once it is awaited, as Prisma's do. Everything else about it is `createOriginal`'s:
 * in a list of `$transaction`, Prisma reads the rows itself.
 */
export const createLazyPromise = (
  start: () => Promise<unknown>,
  createOriginal: () => PrismaPromise,
): PrismaPromise => {
  let result: Promise<unknown> | null = null
  let original: PrismaPromise | null = null
  const settle = (): Promise<unknown> => {
    result ??= start()
    return result
  }
  const methods: Pick<Promise<unknown>, 'then' | 'catch' | 'finally'> = {
    // biome-ignore lint/suspicious/noThenProperty: this is a promise.
    then: (onFulfilled, onRejected) => settle().then(onFulfilled, onRejected),
    catch: (onRejected) => settle().catch(onRejected),
    finally: (onFinally) => settle().finally(onFinally),
  }
  return new Proxy(methods, {
    get(target, property) {
      if (Object.hasOwn(target, property)) return Reflect.get(target, property)
      original ??= createOriginal()
      return Reflect.get(original, property)
    },
  })
}
