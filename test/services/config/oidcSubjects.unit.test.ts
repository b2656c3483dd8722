import { expect, it } from 'vitest'
import { readConfig } from '../../../src/services/config/config.ts'

const login = {
  PUBLIC_URL: 'https://media.school.example',
  OIDC_ISSUER: 'https://login.school.example',
  OIDC_CLIENT_ID: 'mediagraph',
  OIDC_CLIENT_SECRET: 'secret',
  OIDC_ROLE_CLAIM: 'role',
}
const tokens = { AUTH_JWKS_URL: 'https://tokens.school.example/jwks.json', AUTH_AUDIENCE: 'mediagraph' }

it.for([
  ['another issuer', { AUTH_ISSUER: 'https://tokens.school.example' }],
  ['an unknown issuer', {}],
])('a login service is refused beside tokens of %s', ([, env]) => {
  expect(() => readConfig({ ...login, ...tokens, ...(env as object) })).toThrow(
    'OIDC_SUBJECTS: required, since tokens and OIDC_ISSUER may give different people the same "sub".',
  )
})

it('a login service is accepted beside tokens of another issuer that shares the subjects', () => {
  const env = { ...login, ...tokens, AUTH_ISSUER: 'https://tokens.school.example', OIDC_SUBJECTS: 'shared' }
  expect(readConfig(env).oidc).toMatchObject({ issuer: login.OIDC_ISSUER })
})

it.for([login.OIDC_ISSUER, `${login.OIDC_ISSUER}/`])(
  'a login service is accepted beside its own tokens: %s',
  (issuer) => {
    const env = { ...login, ...tokens, AUTH_ISSUER: issuer }
    expect(readConfig(env).oidc).toMatchObject({ issuer: login.OIDC_ISSUER })
  },
)

it('shared subjects are refused without a login service', () => {
  expect(() => readConfig({ OIDC_SUBJECTS: 'shared' })).toThrow('OIDC_SUBJECTS: allowed only together with OIDC_ISSUER')
})
