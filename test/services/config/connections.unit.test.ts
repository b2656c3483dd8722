import { describe, expect, it } from 'vitest'
import { readConfig } from '../../../src/services/config/config.ts'

describe('the limits of open connections', () => {
  it('are generous per address by default, which a school may share', () => {
    expect(readConfig({}).connectionLimits).toEqual({ perUser: 50, perAddress: 1000 })
  })

  it('are removed by 0', () => {
    const variables = { SOCKETS_PER_USER: '0', SOCKETS_PER_ADDRESS: '0' }
    expect(readConfig(variables).connectionLimits).toEqual({ perUser: 0, perAddress: 0 })
  })

  it.each(['SOCKETS_PER_USER', 'SOCKETS_PER_ADDRESS'])('refuse a negative %s', (name) => {
    expect(() => readConfig({ [name]: '-1' })).toThrow(name)
  })
})

describe('the trusted proxies', () => {
  it('are those on the same machine by default', () => {
    expect(readConfig({}).trustedProxies).toEqual(['127.0.0.1', '::1'])
  })

  it('may be addresses or ranges of both versions of IP', () => {
    const proxies = ['10.0.0.0/8', 'fd00::/8', '192.0.2.1', '2001:db8::1']
    expect(readConfig({ TRUSTED_PROXIES: proxies.join(', ') }).trustedProxies).toEqual(proxies)
  })

  it.each(['proxy', '10.0.0.0/33', '10.0.0/8', 'fd00::/129', ''])('refuse "%s"', (proxy) => {
    expect(() => readConfig({ TRUSTED_PROXIES: `10.0.0.1,${proxy}` })).toThrow('TRUSTED_PROXIES')
  })
})
