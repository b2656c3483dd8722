import { describe, expect, it } from 'vitest'
import { notFound } from '../../../src/services/kernel/notFound.ts'

describe('notFound', () => {
  const key = '0198c5f0-0000-7000-8000-00000000000a'

  it.for([
    ['its primary key', key, `Folder:${key}`],
    ['its Relay id, as the caller sent it', `Folder:${key.toUpperCase()}`, `Folder:${key.toUpperCase()}`],
  ] as const)('names the missing node by %s', ([, id, nodeId]) => {
    expect(notFound('Folder', id)).toMatchObject({ message: 'There is no such folder.', nodeId })
  })
})
