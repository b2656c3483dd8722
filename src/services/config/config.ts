import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { z } from 'zod'
import type { RateLimitSettings } from '../rateLimit/rateLimits.ts'
import { type OidcConfig, parseOidc } from './oidc.ts'
import { parseStorageUrl, type StorageConfig } from './storage.ts'

const text = z.string().trim().min(1)
const urlOf = (protocol: RegExp, example: string) => z.url({ protocol, error: `needs a URL like ${example}` })
const webUrl = (example: string) => urlOf(/^https?$/, example)
const postgresUrl = urlOf(/^postgres(ql)?$/, 'postgresql://user:password@host/database')
const flag = z.enum(['true', 'false', '1', '0']).transform((value) => value === 'true' || value === '1')
const port = z.coerce.number().int().min(1).max(65_535)
const count = z.coerce.number().int().min(1)
const maxPerMinute = z.coerce.number().int().min(0).max(1_000_000_000)
const maxProcesses = 64
const processCountFault = `needs a number from 1 to ${maxProcesses}, or auto`
const processCount = z.coerce
  .number(processCountFault)
  .int(processCountFault)
  .min(1, processCountFault)
  .max(maxProcesses, processCountFault)
const maxSockets = z.coerce.number().int().min(0).max(1_000_000)

const loopback = '127.0.0.1'

/** Environment variables, each described where it is parsed. An empty one counts as absent. */
const environment = {
  /** `production` refuses unsafe defaults and hides GraphiQL and introspection. */
  NODE_ENV: z.enum(['production', 'development', 'test']).default('development'),
  /** Port of the API. Default: 4000. */
  PORT: port.default(4000),
  /** Address to listen on. Default: 127.0.0.1 in development, all interfaces in production. */
  HOST: text.optional(),
  /** Number of API processes that share the port; `auto`: the number of cores. More than one need REDIS_URL. Default: 1. */
  API_PROCESSES: z.union([z.literal('auto'), processCount], processCountFault).default(1),
  /** URL under which clients reach this server, without a trailing slash. Default: http://HOST:PORT. */
  PUBLIC_URL: webUrl('https://media.school.example').optional(),
  /** Folder of the embedded database, local files and generated secrets. Default: `.data`. */
  DATA_DIR: text.default('.data'),
  /** Connects as the application's role. Unset: an embedded PostgreSQL under DATA_DIR. */
  DATABASE_URL: postgresUrl.optional(),
  /** Connects as the owner's role, for migrations. Default: DATABASE_URL. */
  DATABASE_OWNER_URL: postgresUrl.optional(),
  /** Redis for pub/sub. Unset: pub/sub inside the process, and the worker runs in the API's process. */
  REDIS_URL: urlOf(/^rediss?$/, 'redis://host:6379').optional(),
  /** Storage of files: a `file://` URL names a folder, an `s3://` URL a bucket. Unset: DATA_DIR/files. */
  STORAGE_URL: urlOf(/^(file|s3)$/, 'file:///srv/media or s3://bucket?region=eu-central-1').optional(),
  /** HS256 secret of the tokens, at least 32 characters. */
  AUTH_JWT_SECRET: z.string().min(32, 'needs at least 32 characters').optional(),
  /** Key set (JWKS) of the tokens' issuer. */
  AUTH_JWKS_URL: webUrl('https://login.school.example/jwks.json').optional(),
  /** With AUTH_JWKS_URL: tokens of another issuer, or for another audience, are refused. Unset: not checked. */
  AUTH_ISSUER: text.optional(),
  AUTH_AUDIENCE: text.optional(),
  /** Login service (OpenID Connect) where people sign in to the console; all four are set, or none. */
  OIDC_ISSUER: webUrl('https://login.school.example').optional(),
  OIDC_CLIENT_ID: text.optional(),
  OIDC_CLIENT_SECRET: text.optional(),
  /** Claim with the role: a text or a list that names viewer, editor or admin. */
  OIDC_ROLE_CLAIM: text.optional(),
  /** `shared`: tokens of another issuer name the same people by the same `sub`. Unset: such a pair is refused. */
  OIDC_SUBJECTS: z.literal('shared', 'allows only "shared"').optional(),
  /** Path of the binary. Default: found on PATH, else the copy installed by npm. */
  FFMPEG_PATH: text.optional(),
  FFPROBE_PATH: text.optional(),
  /** Origins of web clients, separated by commas. Default: none. */
  CORS_ORIGINS: text.optional(),
  /** Size limit of an uploaded file. Default: 10 GiB. */
  MAX_UPLOAD_BYTES: count.default(10 * 1024 ** 3),
  /** Days that deleted media stay in the trash. Default: 30. */
  TRASH_DAYS: count.max(36_500).default(30),
  /** Calls that one caller may make per minute; each root field is one. Default: 3000; 0: unlimited. */
  RATE_LIMIT: maxPerMinute.default(3000),
  /** Uploads that one caller may begin per minute. Default: 600; 0: unlimited. */
  RATE_LIMIT_UPLOADS: maxPerMinute.default(600),
  /** Bulk operations and batches that one caller may start per minute. Default: 60; 0: unlimited. */
  RATE_LIMIT_BULK: maxPerMinute.default(60),
  /** Sign-ins that the clients of one address may begin, and refusals that they may cause, per minute. Default: 30; 0: unlimited. */
  RATE_LIMIT_SIGN_INS: maxPerMinute.default(30),
  /** Sockets and event streams that one user may open at the same time, per API process. Default: 50; 0: unlimited. */
  SOCKETS_PER_USER: maxSockets.default(50),
  /** The same per address of clients: a school may share one. Default: 1000; 0: unlimited. */
  SOCKETS_PER_ADDRESS: maxSockets.default(1000),
  /** Addresses and CIDR ranges of proxies whose `X-Forwarded-For` is believed. Default: this machine. */
  TRUSTED_PROXIES: text.default('127.0.0.1,::1'),
  /** Number of previews, and likewise of transcodes, that run concurrently. Default: the number of cores. */
  WORKER_CONCURRENCY: count.max(64).optional(),
  /** Rate at which the worker verifies stored bytes. Default: 20 MB/s; 0: only those already found to be faulty. */
  SCRUB_BYTES_PER_SECOND: z.coerce.number().int().min(0).default(20_000_000),
  /** Memory for answers that can be given again while nothing is written, per API process. Default: 64; 0: off. */
  ANSWER_CACHE_MB: z.coerce.number().int().min(0).max(65_536).default(64),
  /** GraphiQL at /graphql. Default: on, except in production. */
  GRAPHIQL: flag.optional(),
  /** Introspection and suggestions. Default: on, except in production. */
  INTROSPECTION: flag.optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Logs the text of every SQL statement of the services, without its parameters. */
  LOG_SQL: flag.default(false),
}

export type AuthConfig =
  | { type: 'hs256'; secret: string }
  | { type: 'jwks'; url: string; issuer?: string; audience?: string }
  /** A secret is generated and stored under DATA_DIR. */
  | { type: 'generated' }

type DatabaseConfig = { type: 'embedded' } | { type: 'url'; appUrl: string; ownerUrl: string }
export type PubSubConfig = { type: 'memory' } | { type: 'redis'; url: string }

export interface Config {
  production: boolean
  port: number
  host: string
  /** Number of API processes that share the port. */
  apiProcesses: number
  publicUrl: string
  dataDir: string
  database: DatabaseConfig
  pubsub: PubSubConfig
  storage: StorageConfig
  auth: AuthConfig
  /** Null if people sign in by links only. */
  oidc: OidcConfig | null
  ffmpeg: { ffmpegPath?: string; ffprobePath?: string }
  corsOrigins: string[]
  maxUploadBytes: number
  trashDays: number
  /** Limits per caller and minute; 0 means unlimited. */
  rateLimits: RateLimitSettings
  /** Limit per address and minute of what needs no caller; 0 means unlimited. */
  signInLimit: number
  /** Limits of open sockets and event streams per API process; 0 means unlimited. */
  connectionLimits: { perUser: number; perAddress: number }
  /** Addresses and CIDR ranges. */
  trustedProxies: string[]
  workerConcurrency: number
  scrubBytesPerSecond: number
  answerCacheBytes: number
  graphiql: boolean
  introspection: boolean
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  logSql: boolean
}

/** Lists every fault at once, for the person who set the variables. */
export class ConfigError extends Error {
  constructor(faults: string[], options?: ErrorOptions) {
    super(`Invalid configuration. Correct these variables:\n${faults.map((fault) => `  ${fault}`).join('\n')}`, options)
    this.name = 'ConfigError'
  }
}

type Environment = { [Name in keyof typeof environment]: z.output<(typeof environment)[Name]> }

/** Parses each variable by itself, so that one fault hides no other; an invalid variable counts as absent. */
const parse = (definedVariables: Record<string, string | undefined>, faults: string[]): Environment => {
  const values = Object.entries(environment).map(([name, shape]: [string, z.ZodType]) => {
    const result = shape.safeParse(definedVariables[name])
    if (result.success) return [name, result.data]
    faults.push(...result.error.issues.map(({ message }) => `${name}: ${message}`))
    return [name, shape.parse(undefined)]
  })
  return Object.fromEntries(values) // each name maps to the output of its shape
}

const authOf = (env: Environment, faults: string[]): AuthConfig => {
  if (env.AUTH_JWT_SECRET && env.AUTH_JWKS_URL) faults.push('AUTH_JWT_SECRET and AUTH_JWKS_URL: set only one of them')
  const [url, issuer, audience] = [env.AUTH_JWKS_URL, env.AUTH_ISSUER, env.AUTH_AUDIENCE]
  if (url) return { type: 'jwks', url, issuer, audience }
  const hasAuthFault = faults.some((fault) => fault.startsWith('AUTH_')) // set, but invalid
  for (const name of ['AUTH_ISSUER', 'AUTH_AUDIENCE'] as const)
    if (env[name] !== undefined) faults.push(`${name}: allowed only together with AUTH_JWKS_URL`)
  if (env.AUTH_JWT_SECRET) return { type: 'hs256', secret: env.AUTH_JWT_SECRET }
  if (env.NODE_ENV === 'production' && !hasAuthFault)
    faults.push('AUTH_JWT_SECRET or AUTH_JWKS_URL: required in production')
  return { type: 'generated' }
}

const databaseOf = (env: Environment, faults: string[]): DatabaseConfig => {
  if (env.DATABASE_URL === undefined) {
    if (env.DATABASE_OWNER_URL) faults.push('DATABASE_URL: required if DATABASE_OWNER_URL is set')
    return { type: 'embedded' }
  }
  return { type: 'url', appUrl: env.DATABASE_URL, ownerUrl: env.DATABASE_OWNER_URL ?? env.DATABASE_URL }
}

const processesOf = ({ API_PROCESSES, REDIS_URL }: Environment, faults: string[]): number => {
  const count = API_PROCESSES === 'auto' ? Math.min(availableParallelism(), maxProcesses) : API_PROCESSES
  const hasRedisFault = faults.some((fault) => fault.startsWith('REDIS_URL')) // set, but invalid
  if (count > 1 && REDIS_URL === undefined && !hasRedisFault)
    faults.push(
      `REDIS_URL: required by API_PROCESSES=${API_PROCESSES}, since ${count} processes share progress and rate limits through Redis; set it, or set API_PROCESSES=1`,
    )
  return count
}

const originsOf = (env: Environment, faults: string[]): string[] => {
  const origins = (env.CORS_ORIGINS ?? '').split(',').map((origin) => origin.trim())
  const nonEmptyOrigins = origins.filter((origin) => origin !== '')
  for (const origin of nonEmptyOrigins)
    if (URL.parse(origin)?.origin !== origin)
      faults.push(`CORS_ORIGINS: "${origin}" is not an origin like https://school.example`)
  return nonEmptyOrigins
}

const addressRange = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])

const proxiesOf = (env: Environment, faults: string[]): string[] => {
  const proxies = env.TRUSTED_PROXIES.split(',').map((proxy) => proxy.trim())
  for (const proxy of proxies)
    if (!addressRange.safeParse(proxy).success)
      faults.push(`TRUSTED_PROXIES: "${proxy}" is neither an address nor a range like 10.0.0.0/8`)
  return proxies
}

export const readConfig = (variables: Record<string, string | undefined>): Config => {
  const definedVariables = Object.fromEntries(Object.entries(variables).filter(([, value]) => value?.trim()))
  const faults: string[] = []
  const env = parse(definedVariables, faults)
  const production = env.NODE_ENV === 'production'
  const host = env.HOST ?? (production ? '0.0.0.0' : loopback)
  const publicUrl =
    env.PUBLIC_URL?.replace(/\/+$/, '') ?? `http://${host.includes(':') ? `[${host}]` : host}:${env.PORT}`
  const config: Config = {
    production,
    port: env.PORT,
    host,
    apiProcesses: processesOf(env, faults),
    publicUrl,
    dataDir: resolve(env.DATA_DIR),
    database: databaseOf(env, faults),
    pubsub: env.REDIS_URL ? { type: 'redis', url: env.REDIS_URL } : { type: 'memory' },
    storage: parseStorageUrl(env.STORAGE_URL, env.DATA_DIR, faults),
    auth: authOf(env, faults),
    oidc: parseOidc(env, publicUrl, faults),
    ffmpeg: { ffmpegPath: env.FFMPEG_PATH, ffprobePath: env.FFPROBE_PATH },
    corsOrigins: originsOf(env, faults),
    maxUploadBytes: env.MAX_UPLOAD_BYTES,
    trashDays: env.TRASH_DAYS,
    rateLimits: { calls: env.RATE_LIMIT, uploads: env.RATE_LIMIT_UPLOADS, bulk: env.RATE_LIMIT_BULK },
    signInLimit: env.RATE_LIMIT_SIGN_INS,
    connectionLimits: { perUser: env.SOCKETS_PER_USER, perAddress: env.SOCKETS_PER_ADDRESS },
    trustedProxies: proxiesOf(env, faults),
    workerConcurrency: env.WORKER_CONCURRENCY ?? availableParallelism(),
    scrubBytesPerSecond: env.SCRUB_BYTES_PER_SECOND,
    answerCacheBytes: env.ANSWER_CACHE_MB * 1024 ** 2,
    graphiql: env.GRAPHIQL ?? !production,
    introspection: env.INTROSPECTION ?? !production,
    logLevel: env.LOG_LEVEL,
    logSql: env.LOG_SQL,
  }
  if (faults.length > 0) throw new ConfigError(faults)
  return config
}
