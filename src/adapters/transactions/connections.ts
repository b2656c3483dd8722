import { AsyncLocalStorage } from 'node:async_hooks'
import type { Transaction as Driver, SqlDriverAdapter, SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils'

/** Connection of one transaction, in the words of Prisma's driver. */
export interface Connection {
  driver: Driver
  /** False as soon as the transaction ends: the connection then serves others. */
  isOpen: boolean
}

interface Slot {
  connection: Connection | null
}

export interface ConnectionTracker {
  /** Prisma's driver, to be used by Prisma's client. */
  factory: SqlDriverAdapterFactory
  /** Calls `begin`, which begins a transaction; the slot then has its connection. */
  run<Result>(begin: (slot: Slot) => Result): Result
}

const endings = new Set(['COMMIT', 'ROLLBACK'])

/** Notices the end of a transaction before it happens: commit, rollback, or Prisma's timeout. */
const observe = (driver: Driver): Connection => {
  const end = (close: () => Promise<void>) => (): Promise<void> => {
    connection.isOpen = false
    return close()
  }
  const connection: Connection = {
    isOpen: true,
    driver: {
      provider: driver.provider,
      adapterName: driver.adapterName,
      options: driver.options,
      queryRaw: (query) => driver.queryRaw(query),
      executeRaw(query) {
        if (endings.has(query.sql)) connection.isOpen = false
        return driver.executeRaw(query)
      },
      commit: end(() => driver.commit()),
      rollback: end(() => driver.rollback()),
      createSavepoint: driver.createSavepoint?.bind(driver),
      rollbackToSavepoint: driver.rollbackToSavepoint?.bind(driver),
      releaseSavepoint: driver.releaseSavepoint?.bind(driver),
    },
  }
  return connection
}

/** Wraps Prisma's driver, since Prisma does not say which connection a transaction has. */
export const trackConnections = (driverFactory: SqlDriverAdapterFactory): ConnectionTracker => {
  const slots = new AsyncLocalStorage<Slot>()

  const track = (adapter: SqlDriverAdapter): SqlDriverAdapter => ({
    provider: adapter.provider,
    adapterName: adapter.adapterName,
    queryRaw: (query) => adapter.queryRaw(query),
    executeRaw: (query) => adapter.executeRaw(query),
    executeScript: (script) => adapter.executeScript(script),
    getConnectionInfo: adapter.getConnectionInfo?.bind(adapter),
    dispose: () => adapter.dispose(),
    async startTransaction(isolationLevel) {
      const slot = slots.getStore()
      const connection = observe(await adapter.startTransaction(isolationLevel))
      // Prisma may begin others for its own writes meanwhile.
      if (slot !== undefined) slot.connection ??= connection
      return connection.driver
    },
  })

  return {
    factory: {
      provider: driverFactory.provider,
      adapterName: driverFactory.adapterName,
      connect: async () => track(await driverFactory.connect()),
    },
    run(begin) {
      const slot: Slot = { connection: null }
      return slots.run(slot, begin, slot)
    },
  }
}
