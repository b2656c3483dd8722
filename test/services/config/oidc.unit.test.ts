import { expect, it } from 'vitest'
import { ConfigError, readConfig } from '../../../src/services/config/config.ts'

const variables = {
  OIDC_ISSUER: 'https://login.school.example/realms/school',
  OIDC_CLIENT_ID: 'mediagraph',
  OIDC_CLIENT_SECRET: 'secret',
  OIDC_ROLE_CLAIM: 'realm_access.roles',
}
const names = Object.keys(variables) as (keyof typeof variables)[] // as: the keys of a literal

const faultsOf = (env: Record<string, string>): string => {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return ''
}

it('the login service is absent by default', () => {
  expect(readConfig({}).oidc).toBeNull()
})

it('the login service is described by four variables', () => {
  expect(readConfig({ ...variables, PUBLIC_URL: 'https://media.school.example' }).oidc).toEqual({
    issuer: 'https://login.school.example/realms/school',
    clientId: 'mediagraph',
    clientSecret: 'secret',
    roleClaim: 'realm_access.roles',
  })
})

it.for(names)('the login service is refused without %s', (name) => {
  const { [name]: _, ...others } = variables
  expect(faultsOf(others)).toContain(`${name}: required, since ${Object.keys(others).join(', ')} are set`)
})

it('one variable of the login service is refused without the others', () => {
  expect(faultsOf({ OIDC_CLIENT_ID: 'mediagraph' })).toContain('OIDC_ISSUER: required, since OIDC_CLIENT_ID is set')
})

it('an invalid issuer is one fault', () => {
  const lines = faultsOf({ ...variables, OIDC_ISSUER: 'login' })
    .split('\n')
    .slice(1)
  expect(lines).toEqual(['  OIDC_ISSUER: needs a URL like https://login.school.example'])
})

it.for([
  ['OIDC_ISSUER', { OIDC_ISSUER: 'http://login.school.example' }],
  ['PUBLIC_URL', { PUBLIC_URL: 'http://media.school.example' }],
] as const)('%s over plain http is refused', ([name, env]) => {
  expect(faultsOf({ ...variables, ...env })).toContain(`${name}: needs https, except on this machine`)
})

it.for(['http://127.0.0.1:4001', 'http://localhost:4001', 'http://[::1]:4001'])(
  'plain http is accepted on this machine: %s',
  (url) => {
    expect(readConfig({ ...variables, OIDC_ISSUER: url, PUBLIC_URL: url }).oidc).toMatchObject({ issuer: url })
  },
)
