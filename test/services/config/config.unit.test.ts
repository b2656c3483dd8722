import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ConfigError, readConfig } from '../../../src/services/config/config.ts'

const secret = 'a secret of at least thirty-two characters'

const faultsOf = (variables: Record<string, string>): string => {
  try {
    readConfig(variables)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return ''
}

describe('the configuration without variables', () => {
  it('suits a trial on one machine', () => {
    expect(readConfig({})).toMatchObject({
      production: false,
      port: 4000,
      host: '127.0.0.1',
      publicUrl: 'http://127.0.0.1:4000',
      dataDir: resolve('.data'),
      database: { type: 'embedded' },
      pubsub: { type: 'memory' },
      storage: { type: 'disk', path: resolve('.data/files') },
      auth: { type: 'generated' },
      corsOrigins: [],
      maxUploadBytes: 10 * 1024 ** 3,
      rateLimits: { calls: 3000, uploads: 600, bulk: 60 },
      graphiql: true,
      introspection: true,
      logLevel: 'info',
      logSql: false,
    })
  })

  it('treats an empty variable as absent', () => {
    const empty = { PORT: '', AUTH_JWT_SECRET: ' ', GRAPHIQL: '', CORS_ORIGINS: '', DATABASE_URL: '' }
    expect(readConfig(empty)).toEqual(readConfig({}))
  })
})

describe('the configuration in production', () => {
  const production = { NODE_ENV: 'production', AUTH_JWT_SECRET: secret }

  it('requires a way to verify tokens', () => {
    expect(faultsOf({ NODE_ENV: 'production' })).toContain('AUTH_JWT_SECRET or AUTH_JWKS_URL: required in production')
  })

  it('turns off GraphiQL and introspection', () => {
    expect(readConfig(production)).toMatchObject({ graphiql: false, introspection: false, host: '0.0.0.0' })
  })

  it('turns on GraphiQL and introspection on request', () => {
    const env = { ...production, GRAPHIQL: 'true', INTROSPECTION: '1' }
    expect(readConfig(env)).toMatchObject({ graphiql: true, introspection: true })
  })

  it('needs exactly the value `production`', () => {
    expect(faultsOf({ NODE_ENV: 'prod' })).toContain('NODE_ENV')
  })
})

describe('a variable', () => {
  it('overrides its default', () => {
    const config = readConfig({
      PORT: '8080',
      HOST: '::1',
      DATA_DIR: '/srv/mediagraph',
      DATABASE_URL: 'postgresql://app:pw@db/media',
      REDIS_URL: 'redis://cache:6379',
      STORAGE_URL: 'file:///srv/my%20media',
      AUTH_JWKS_URL: 'https://login.school.example/jwks.json',
      CORS_ORIGINS: 'https://school.example, http://localhost:3000,',
      MAX_UPLOAD_BYTES: '1000',
      RATE_LIMIT: '0',
      RATE_LIMIT_UPLOADS: '5',
    })
    expect(config).toMatchObject({
      publicUrl: 'http://[::1]:8080',
      dataDir: '/srv/mediagraph',
      database: { type: 'url', appUrl: 'postgresql://app:pw@db/media', ownerUrl: 'postgresql://app:pw@db/media' },
      pubsub: { type: 'redis', url: 'redis://cache:6379' },
      storage: { type: 'disk', path: '/srv/my media' },
      auth: { type: 'jwks', url: 'https://login.school.example/jwks.json' },
      corsOrigins: ['https://school.example', 'http://localhost:3000'],
      maxUploadBytes: 1000,
      rateLimits: { calls: 0, uploads: 5, bulk: 60 },
    })
  })

  it('loses the trailing slash of the public URL', () => {
    expect(readConfig({ PUBLIC_URL: 'https://media.school.example/' }).publicUrl).toBe('https://media.school.example')
  })

  it.each([
    ['PORT', '0'],
    ['PORT', '65536'],
    ['PORT', 'http'],
    ['PUBLIC_URL', 'media.school.example'],
    ['PUBLIC_URL', 'javascript:alert(1)'],
    ['DATABASE_URL', 'mysql://db/media'],
    ['DATABASE_OWNER_URL', 'postgresql://owner@db/media'],
    ['REDIS_URL', 'http://cache:6379'],
    ['STORAGE_URL', 'https://media.example'],
    ['AUTH_JWT_SECRET', 'short'],
    ['AUTH_JWKS_URL', 'file:///etc/passwd'],
    ['CORS_ORIGINS', '*'],
    ['CORS_ORIGINS', 'https://school.example/'],
    ['MAX_UPLOAD_BYTES', '10GB'],
    ['MAX_UPLOAD_BYTES', '-1'],
    ['RATE_LIMIT', '-1'],
    ['RATE_LIMIT_UPLOADS', 'none'],
    ['RATE_LIMIT_BULK', '0.5'],
    ['WORKER_CONCURRENCY', '65'],
    ['GRAPHIQL', 'yes'],
    ['LOG_LEVEL', 'loud'],
    ['LOG_SQL', 'all'],
  ])('%s=%s is refused with its name', (name, value) => {
    expect(faultsOf({ [name]: value })).toContain(name === 'DATABASE_OWNER_URL' ? 'DATABASE_URL' : name)
  })
})

describe('a bucket URL', () => {
  const storageOf = (url: string) => readConfig({ STORAGE_URL: url }).storage

  it('names a bucket at AWS by its region', () => {
    expect(storageOf('s3://school-media?region=eu-central-1')).toEqual({
      type: 's3',
      bucket: 'school-media',
      prefix: '',
      region: 'eu-central-1',
      endpoint: undefined,
      pathStyle: false,
    })
  })

  it('names a bucket on another server by its endpoint', () => {
    expect(storageOf('s3://school-media/some/Prefix/?endpoint=http://localhost:9000')).toEqual({
      type: 's3',
      bucket: 'school-media',
      prefix: 'some/Prefix',
      region: 'us-east-1',
      endpoint: 'http://localhost:9000',
      pathStyle: true,
    })
  })

  it('sets the path style independently of the endpoint', () => {
    const endpoint = 'endpoint=https://s3.example.com'
    expect(storageOf(`s3://media?${endpoint}&pathStyle=false`)).toMatchObject({ pathStyle: false })
    expect(storageOf('s3://media?region=eu-central-1&pathStyle=true')).toMatchObject({ pathStyle: true })
  })

  it.each([
    ['s3://?region=eu-central-1', 'needs a bucket'],
    ['s3:///prefix?region=eu-central-1', 'needs a bucket'],
    ['s3://School?region=eu-central-1', 'a bucket has 3 to 63 lower-case letters'],
    ['s3://media:9000?region=eu-central-1', 'a port is not allowed; use the parameter endpoint'],
    ['s3://key:hunter2@media?region=eu-central-1', 'credentials belong in AWS_ACCESS_KEY_ID'],
    ['s3://media', 'needs the parameter region'],
    ['s3://media/../x y?region=eu-central-1', 'the path after the bucket'],
    ['s3://media/%zz?region=eu-central-1', 'the path after the bucket'],
    ['s3://media?regoin=eu-central-1', 'regoin: unknown parameter; use region, endpoint and pathStyle'],
    ['s3://media?region=Frankfurt!', 'region needs a name like'],
    ['s3://media?endpoint=s3.example.com', 'endpoint needs a URL like'],
    ['s3://media?endpoint=ftp://s3.example.com', 'endpoint needs a URL like'],
    ['s3://media?endpoint=https://key:hunter2@s3.example.com', 'endpoint must not contain a user or parameters'],
    ['s3://media?region=eu-central-1&pathStyle=yes', 'pathStyle needs true or false'],
    ['file:///%zz', 'the path is not percent-encoded correctly'],
  ])('%s is refused in one line', (url, words) => {
    const [, ...lines] = faultsOf({ STORAGE_URL: url }).split('\n')
    expect(lines.filter((line) => line.includes(`  STORAGE_URL: ${words}`))).toHaveLength(1)
    expect(lines.join()).not.toContain('hunter2')
  })
})

it('reports all faults at once', () => {
  const faults = faultsOf({
    NODE_ENV: 'production',
    PORT: 'x',
    REDIS_URL: 'nowhere',
    CORS_ORIGINS: '*',
    DATABASE_OWNER_URL: 'postgresql://owner@db/media',
  })
  for (const name of ['PORT', 'REDIS_URL', 'CORS_ORIGINS', 'DATABASE_URL', 'AUTH_JWT_SECRET'])
    expect(faults).toContain(`  ${name}`)
})

it('refuses a secret together with a key set', () => {
  const both = { AUTH_JWT_SECRET: secret, AUTH_JWKS_URL: 'https://login.school.example/jwks.json' }
  expect(faultsOf(both)).toContain('set only one of them')
})

it('refuses an issuer or an audience without a key set', () => {
  for (const name of ['AUTH_ISSUER', 'AUTH_AUDIENCE'])
    expect(faultsOf({ AUTH_JWT_SECRET: secret, [name]: 'mediagraph' })).toContain(
      `${name}: allowed only together with AUTH_JWKS_URL`,
    )
})

it('accepts an issuer and an audience with a key set', () => {
  const AUTH_JWKS_URL = 'https://login.school.example/jwks.json'
  expect(readConfig({ AUTH_JWKS_URL, AUTH_ISSUER: 'login', AUTH_AUDIENCE: 'mediagraph' }).auth).toEqual({
    type: 'jwks',
    url: AUTH_JWKS_URL,
    issuer: 'login',
    audience: 'mediagraph',
  })
})

it('never shows the value of a secret', () => {
  expect(faultsOf({ AUTH_JWT_SECRET: 'hunter2', DATABASE_URL: 'mysql://app:hunter2@db/media' })).not.toContain(
    'hunter2',
  )
})
