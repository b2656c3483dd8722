import { expect, it } from 'vitest'
import type { MediaUsage } from '../../../console/src/data/mediaUsages.ts'
import { toUsageTree, type UsageNode } from '../../../console/src/parts/media/usages.ts'

const resource = (id: string) => ({ id, source: 'default', type: 'lesson', externalId: id, title: null, url: null })
const usage = (...path: string[]): MediaUsage => ({
  id: path.join('/'),
  linkedAt: '2026-11-29T10:00:00.000Z',
  linkedBy: null,
  resource: { ...resource(path.at(-1) ?? ''), ancestors: path.slice(0, -1).map(resource) },
})

const write = (nodes: readonly UsageNode[]): unknown =>
  Object.fromEntries(
    nodes.map(({ resource: { id }, usage: link, children }) => [link === null ? id : `${id}!`, write(children)]),
  )

it('arranges places below their chapters and courses', () => {
  const tree = toUsageTree([usage('physics', 'waves', 'l1'), usage('physics', 'waves', 'l2'), usage('music', 'l3')])
  expect(write(tree)).toEqual({ physics: { waves: { 'l1!': {}, 'l2!': {} } }, music: { 'l3!': {} } })
})

it('shows a course that has a link of its own once', () => {
  const tree = toUsageTree([usage('physics', 'l1'), usage('physics')])
  expect(write(tree)).toEqual({ 'physics!': { 'l1!': {} } })
})
