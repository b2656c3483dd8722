/**
 * Makes PostgreSQL end the transactions, locks and sequencer leadership of a vanished process within seconds; TCP alone
 * takes hours. While sent data is unacknowledged, TCP sends no probes: tcp_user_timeout limits that time.
 */
const keepAliveOptions =
  '-c tcp_keepalives_idle=3 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3 -c tcp_user_timeout=6000'

/** Maximum duration of a statement that sets no other. Longer work sets its own: see `locking/statementTimeout.ts`. */
export const statementTimeoutMs = 15_000

/** How long a transaction whose time is over waits for the response to its last statement. */
export const abandonedTransactionGraceMs = 2000

/**
 * Makes PostgreSQL end a transaction of a frozen process, which would keep its locks until the process continues, and a
 * statement whose client has closed the connection.
 */
const timeoutOptions = '-c idle_in_transaction_session_timeout=30000 -c client_connection_check_interval=2000'

/**
 * Cost of a page that is read in no order, relative to one that follows the last: memory and SSDs read both alike. With
 * the default, which fits hard disks, PostgreSQL sorts and combines rows that an index would return in order.
 */
const costOption = '-c random_page_cost=1.1'

/**
 * Precedes the search path that the owner of the database can set for it or for a role: another one could put operators
 * before PostgreSQL's, and so hide events from this process.
 */
const searchPathOption = '-c search_path=public'

/**
 * Returns the connection settings. The driver would use the options of the URL instead of these, so they are appended
 * here and take precedence, except over the search path.
 */
export const withKeepAlive = (
  url: string,
  statementTimeout = statementTimeoutMs,
): { connectionString: string; options: string } => {
  const address = new URL(url)
  const customOptions = address.searchParams.get('options') ?? process.env.PGOPTIONS ?? ''
  address.searchParams.delete('options')
  const ownOptions = `${keepAliveOptions} ${timeoutOptions} ${costOption} -c statement_timeout=${statementTimeout}`
  return { connectionString: address.href, options: `${ownOptions} ${customOptions} ${searchPathOption}` }
}
