import pg from 'pg'

/** Opens a database session as another process would: its locks are independent, and released when it ends. */
export const openSession = async (url: string | undefined): Promise<pg.Client> => {
  const session = new pg.Client({ connectionString: url })
  await session.connect()
  return session
}
