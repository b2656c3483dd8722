import { type GraphQLObjectType, getNamedType, isLeafType } from 'graphql'
import { describe, expect } from 'vitest'
import { globalId } from '../../src/services/kernel/ids.ts'
import { callOf } from '../harness/fieldCall.ts'
import { compareAnswers } from './compare.ts'
import { it, printedSchema, roles } from './differentialIt.ts'

const leavesOf = (name: string): string => {
  const type = printedSchema.getType(name) as GraphQLObjectType // as: the types named below
  const fields = Object.values(type.getFields()).filter(({ type }) => isLeafType(getNamedType(type)))
  return fields.map(callOf).join(' ')
}

const verdicts = ['Update', 'Replace', 'Delete', 'Restore', 'Purge', 'Assign']
  .map((action) => `viewerCan${action} { allowed reason }`)
  .join(' ')

/** Selections of one media: what all may read, and what only some callers may read, each below a root of its own. */
const documents = (id: string): string[] => [
  `{ media(id: "${id}", trashed: true) { ${leavesOf('Media')} ${verdicts} failure { message } } }`,
  `{ media(id: "${id}") { id } node(id: "${id}") { id } nodes(ids: ["${id}"]) { id ... on Media { ${verdicts} } } }`,
  `{
    media(id: "${id}", trashed: true) { history(first: 3) { totalCount nodes { id actor { name } } } }
    versions: media(id: "${id}", trashed: true) { versions { nodes { ${leavesOf('MediaVersion').replace('storageUri', '').replace('sizeBytes', '')} } } }
    stored: media(id: "${id}", trashed: true) { id currentVersion { storageUri } }
    people: media(id: "${id}", trashed: true) { assignments { totalCount nodes { user { name } } } uploadedBy { id } }
    renditions: media(id: "${id}", trashed: true) { renditions { ${leavesOf('Rendition')} version { number } } }
    links: media(id: "${id}", trashed: true) { usages { totalCount nodes { resource { title } media { id } } } }
  }`,
]

describe('each media', () => {
  it.for(roles)('is answered to the %s as by graphql-js with Prisma', async (role, { world, answers }) => {
    const texts: string[] = []
    for (const { id } of answers.pool.library.media)
      for (const query of documents(globalId('Media', id))) {
        const [expected, first] = await Promise.all([answers.plain(role, { query }), answers.server(role, { query })])
        const { text } = await answers.server(role, { query })
        for (const actual of [first.text, text])
          if (compareAnswers(actual, expected ?? '') === 'real') expect(actual, query).toBe(expected)
        texts.push(text)
      }
    const all = texts.join('\n')
    const seen = {
      hidden: all.includes('{"media":null,"node":null,"nodes":[null]}'),
      forbidden: all.includes('"code":"FORBIDDEN"'),
      storageUri: all.includes('"storageUri":"'),
      allowed: all.includes('"allowed":true'),
      inTrash: all.includes('is in the trash') || role !== 'admin',
    }
    const isAdmin = role === 'admin'
    const isViewer = role === 'viewer'
    expect(seen).toEqual({ hidden: true, forbidden: isViewer, storageUri: isAdmin, allowed: !isViewer, inTrash: true })
    const urls = [...all.matchAll(/"url":"([^"]+)"/g)].map(([, url = '']) => new URL(url))
    expect(urls.length).toBeGreaterThan(10)
    const { signedUrls } = world.runtime.services
    for (const { pathname, searchParams } of urls) expect(signedUrls.verify(pathname, searchParams)).not.toBeNull()
  })
})
