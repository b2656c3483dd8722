/**
 * Makes PostgreSQL end the transactions, locks and sequencer leadership of a vanished process within seconds; TCP alone
 * takes hours. While sent data is unacknowledged, TCP sends no probes: tcp_user_timeout limits that time.
 */
const keepAliveOptions =
  '-c tcp_keepalives_idle=3 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3 -c tcp_user_timeout=6000'

/**
 * Returns the connection settings. The driver would use the options of the URL instead of these, so they are appended
 * here and take precedence.
 */
export const withKeepAlive = (url: string): { connectionString: string; options: string } => {
  const address = new URL(url)
  const customOptions = address.searchParams.get('options') ?? process.env.PGOPTIONS ?? ''
  address.searchParams.delete('options')
  return { connectionString: address.href, options: `${keepAliveOptions} ${customOptions}` }
}
