import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'vitest'
import { type Args, type Clients, call, it } from './readingIt.ts'

const find = ({ compiled }: Clients, id: string) =>
  call(compiled, 'Media', 'findUnique', { where: { id }, select: { title: true } })

const readIds = async ({ prisma }: Clients): Promise<string[]> => {
  const rows = (await call(prisma, 'Media', 'findMany', { select: { id: true } })) as Args[] // as: selected
  return rows.map(({ id }) => String(id))
}

it('A single id is compared by itself', async ({ clients }) => {
  const [id = ''] = await readIds(clients)
  clients.statements.length = 0
  expect(await find(clients, id)).toEqual(
    await call(clients.prisma, 'Media', 'findUnique', { where: { id }, select: { title: true } }),
  )
  expect(clients.statements).toEqual([expect.stringContaining('"id" = $1::uuid')])
})

it('Several ids are looked up in one list', async ({ clients }) => {
  const ids = await readIds(clients)
  expect(ids.length).toBeGreaterThan(1)
  clients.statements.length = 0
  await Promise.all(ids.map((id) => find(clients, id)))
  expect(clients.statements).toEqual([expect.stringContaining('"id" = ANY($1::uuid[])')])
})

it('Callbacks of one turn of the event loop share a statement', async ({ clients }) => {
  const ids = await readIds(clients)
  clients.statements.length = 0
  // Timers with the same time run in one turn, each as a callback of its own.
  await Promise.all(ids.map((id) => wait(1).then(() => find(clients, id))))
  expect(clients.statements).toEqual([expect.stringContaining('"id" = ANY($1::uuid[])')])
})
