import { expect, it } from 'vitest'
import { routeRequest } from '../../../src/server/tusProtocol.ts'

const id = '01890000-0000-7000-8000-000000000001'
const headers = { 'tus-resumable': '1.0.0' }

it('routes the URL of an upload', () => {
  expect(routeRequest('HEAD', `/uploads/${id}`, headers)).toMatchObject({ type: 'upload', uploadId: id })
})

it.each([
  `/uploads/../uploads/${id}`,
  `/uploads/%2e%2e/uploads/${id}`,
  `/uploads/./${id}`,
  `/uploads/${id}/.`,
  `/uploads/${id}/..`,
  `/uploads/other/../${id}`,
  `/uploads\\${id}`,
  `//uploads/${id}`,
  '/uploads/..',
  '/uploads/%2e%2e',
])('refuses the upload URL %s without resolving it', (url) => {
  expect(routeRequest('HEAD', url, headers)).toMatchObject({ type: 'refused', answer: { status: 404 } })
})
