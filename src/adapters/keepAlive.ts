/**
 * A server that has vanished gives up its transactions, locks and turn within seconds, not when TCP notices after hours.
 * Nothing is probed while something sent is not acknowledged: that has a limit of its own.
 */
const keepAliveOptions =
  '-c tcp_keepalives_idle=3 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3 -c tcp_user_timeout=6000'

/** What to connect with. The driver would take the URL's own options instead of these: they come behind them, and win. */
export const withKeepAlive = (url: string): { connectionString: string; options: string } => {
  const address = new URL(url)
  const customOptions = address.searchParams.get('options') ?? process.env.PGOPTIONS ?? ''
  address.searchParams.delete('options')
  return { connectionString: address.href, options: `${keepAliveOptions} ${customOptions}` }
}
