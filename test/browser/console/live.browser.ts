import type { Page } from 'playwright-core'
import { it } from './consoleIt.ts'

const banner = (page: Page) => page.getByText('The page asks for changes every 5 seconds')

it('a library without sockets asks every 5 seconds, and catches up once they work', async ({
  signInAs,
  addMedia,
  users,
  world,
  allow,
}) => {
  allow(/WebSocket/)
  await addMedia({ title: 'The pendulum' })
  const page = await signInAs('editor')
  let isBlocked = true
  await page.routeWebSocket(/\/graphql$/, (socket) => {
    if (isBlocked) void socket.close({ code: 1011, reason: 'Blocked' })
    else socket.connectToServer()
  })
  await page.goto('/console/library')
  await banner(page).waitFor({ timeout: 20_000 })
  await world.upload(users.otherEditor, Buffer.from('Notes 1'), { fileName: 'notes.txt', title: 'First notes' })
  await page
    .getByText(/1 new media|First notes/)
    .first()
    .waitFor({ timeout: 20_000 })
  isBlocked = false
  await banner(page).waitFor({ state: 'detached', timeout: 40_000 })
  await world.upload(users.otherEditor, Buffer.from('Notes 2'), { fileName: 'more.txt', title: 'Second notes' })
  await page
    .getByText(/2 new media|Second notes/)
    .first()
    .waitFor({ timeout: 20_000 })
})
