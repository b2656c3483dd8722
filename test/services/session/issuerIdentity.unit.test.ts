import { describe, expect, it } from 'vitest'
import { ForbiddenError, UnauthenticatedError } from '../../../src/services/kernel/errors.ts'
import { toIdentity } from '../../../src/services/session/issuerIdentity.ts'

const expiresAt = new Date()

const identify = (claims: Record<string, unknown>, roleClaim = 'role') =>
  toIdentity({ claims: { sub: 'ada', ...claims }, expiresAt }, roleClaim)

describe('the role of a person', () => {
  it.for([
    ['a text', 'role', { role: 'editor' }, 'EDITOR'],
    ['a list', 'roles', { roles: ['offline_access', 'viewer'] }, 'VIEWER'],
    ['the highest of a list', 'roles', { roles: ['viewer', 'admin', 'editor'] }, 'ADMIN'],
    ['a claim within another', 'realm_access.roles', { realm_access: { roles: ['editor'] } }, 'EDITOR'],
    ['a claim whose name is a URL', 'https://a.example/role', { 'https://a.example/role': 'admin' }, 'ADMIN'],
  ] as const)('comes from %s', ([, roleClaim, claims, role]) => {
    expect(identify(claims, roleClaim).role).toBe(role)
  })

  it.for([
    ['absent', 'role', {}],
    ['unknown', 'role', { role: 'owner' }],
    ['in upper case', 'role', { role: 'Admin' }],
    ['empty', 'roles', { roles: [] }],
    ['an object', 'role', { role: { admin: true } }],
    ['a list of lists', 'role', { role: [['admin']] }],
    ['inherited', 'constructor.name', {}],
  ] as const)('is refused if the claim is %s', ([, roleClaim, claims]) => {
    expect(() => identify(claims, roleClaim)).toThrow(ForbiddenError)
  })
})

describe('the name of a person', () => {
  it.for([
    [{ name: ' Ada\u202E Lovelace ', preferred_username: 'ada7' }, 'Ada Lovelace', true],
    [{ name: '', preferred_username: 'ada7' }, 'ada7', true],
    [{ name: 4 }, 'ada', false],
  ] as const)('is taken from %o', ([claims, name, hasName]) => {
    expect(identify({ role: 'viewer', ...claims })).toMatchObject({ name, hasName, kind: 'PERSON', expiresAt })
  })

  it('is not needed, but the sub is', () => {
    expect(() => identify({ role: 'viewer', sub: undefined })).toThrow(UnauthenticatedError)
  })
})
