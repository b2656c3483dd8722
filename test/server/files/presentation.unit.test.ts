import { describe, expect } from 'vitest'
import { it } from './filesIt.ts'
import type { FilesWorld } from './filesWorld.ts'

describe('a browser', () => {
  const readPresentation = async (world: FilesWorld, mimeType: string, fileName = 'name') => {
    world.changeFile({ mimeType, fileName })
    const { headers } = await world.get({ Range: 'bytes=0-0' })
    return { type: headers['content-type'], disposition: String(headers['content-disposition']), headers }
  }

  it.for(['image/jpeg', 'image/avif', 'video/webm', 'audio/mpeg', 'application/pdf'])(
    'displays %s',
    async (mimeType, { world }) => {
      const { type, disposition } = await readPresentation(world, mimeType)
      expect(type).toBe(mimeType)
      expect(disposition).toMatch(/^inline;/)
    },
  )

  it('displays text as UTF-8', async ({ world }) => {
    expect((await readPresentation(world, 'text/plain')).type).toBe('text/plain; charset=utf-8')
  })

  it.for([
    'text/html',
    'TEXT/HTML; charset=utf-8',
    'application/xhtml+xml',
    'image/svg+xml',
    'text/xml',
    'application/xml',
    'text/javascript',
    'application/javascript',
    'text/css',
    '',
    'x\r\nSet-Cookie: a=b',
  ])('downloads %j without a type', async (mimeType, { world }) => {
    const { type, disposition, headers } = await readPresentation(world, mimeType, 'index.html')
    expect(type).toBe('application/octet-stream')
    expect(disposition).toMatch(/^attachment;/)
    expect(headers['set-cookie']).toBeUndefined()
  })

  it.for(['video/quicktime', 'application/zip', 'text/vtt'])(
    'downloads %s with its type',
    async (mimeType, { world }) => {
      const { type, disposition } = await readPresentation(world, mimeType)
      expect([type, disposition.startsWith('attachment;')]).toEqual([mimeType, true])
    },
  )

  it.for([
    ['audio/x-flac', 'audio/flac'],
    ['audio/x-wav', 'audio/wav'],
  ])('displays %s as %s', async ([mimeType, expected], { world }) => {
    expect((await readPresentation(world, mimeType ?? '')).type).toBe(expected)
  })

  it.for(['text/plain; charset=gb18030', 'text/csv; charset=windows-1251'])(
    'decodes %s by its encoding',
    async (mimeType, { world }) => {
      expect((await readPresentation(world, mimeType)).type).toBe(mimeType)
    },
  )

  it.for(['text/html', 'image/svg+xml', 'application/xml', 'text/plain', 'image/png', 'video/quicktime'])(
    'opens %s in a sandbox',
    async (mimeType, { world }) => {
      expect((await readPresentation(world, mimeType)).headers['content-security-policy']).toMatch(/; sandbox$/)
    },
  )

  it.for(['video/mp4', 'video/webm', 'audio/mpeg', 'audio/x-wav'])(
    'plays %s outside a sandbox',
    async (mimeType, { world }) => {
      const policy = (await readPresentation(world, mimeType)).headers['content-security-policy']
      expect(policy).toBe("default-src 'none'; media-src 'self'; style-src 'unsafe-inline'")
    },
  )

  it('opens PDF files outside a sandbox', async ({ world }) => {
    expect((await readPresentation(world, 'application/pdf')).headers['content-security-policy']).not.toContain(
      'sandbox',
    )
  })

  it.for([
    ['Grüße "1".mp4', `filename="Gr__e _1_.mp4"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%221%22.mp4`],
    ["it's (a) *.mp4", `filename="it's (a) *.mp4"; filename*=UTF-8''it%27s%20%28a%29%20%2A.mp4`],
    ['a\r\nSet-Cookie: b=c', `filename="aSet-Cookie: b=c"; filename*=UTF-8''aSet-Cookie%3A%20b%3Dc`],
    ['photo\u202egpj.exe', `filename="photogpj.exe"; filename*=UTF-8''photogpj.exe`],
    ['../../etc', `filename=".._.._etc"; filename*=UTF-8''..%2F..%2Fetc`],
    ['\ud800', `filename="_"; filename*=UTF-8''%EF%BF%BD`],
    ['', `filename="file"; filename*=UTF-8''file`],
  ] as const)('gets the name %j in a safe form', async ([fileName, expected], { world }) => {
    expect((await readPresentation(world, 'video/mp4', fileName)).disposition).toBe(`inline; ${expected}`)
  })
})
