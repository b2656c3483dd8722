import { expect } from 'vitest'
import { type Args, call, it } from './readingIt.ts'

const history = { select: { id: true }, orderBy: [{ at: 'desc' }, { id: 'desc' }], take: 2 }
const skipped = { skip: 0, orderBy: { id: 'asc' } } // only Prisma knows skip

it('Prisma answers a call without the relations that it does not know', async ({ clients }) => {
  const rows = await call(clients.compiled, 'Media', 'findMany', { ...skipped, select: { id: true, history } })
  expect(rows).toEqual(await call(clients.prisma, 'Media', 'findMany', { ...skipped, select: { id: true } }))
})

it('Prisma answers a call without such relations in nested rows', async ({ clients }) => {
  const select = (media: Args) => ({ id: true, media: { select: { id: true, ...media } } })
  const args = { ...skipped, select: select({ history }) }
  const rows = await call(clients.compiled, 'MediaUsage', 'findMany', args)
  expect(rows).toEqual(await call(clients.prisma, 'MediaUsage', 'findMany', { ...skipped, select: select({}) }))
})

it('Prisma answers a call without such relations of included rows', async ({ clients }) => {
  const args = { ...skipped, include: { versions: { select: { id: true } }, history } }
  const rows = await call(clients.compiled, 'Media', 'findMany', args)
  const { history: _unknown, ...include } = args.include
  expect(rows).toEqual(await call(clients.prisma, 'Media', 'findMany', { ...skipped, include }))
})
