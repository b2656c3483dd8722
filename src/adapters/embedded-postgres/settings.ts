export type Settings = Record<string, string>

export const defaultSettings: Settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  // A suspended laptop and a paused container must not end sessions, but a vanished client should.
  tcp_keepalives_idle: '60',
  password_encryption: 'scram-sha-256',
  TimeZone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] ',
}

/** Environment of PostgreSQL's programs. */
export const environment = { PATH: process.env.PATH, LC_ALL: 'C' }
