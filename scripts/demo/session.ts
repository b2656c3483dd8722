import { print, printRequest, printResponse } from './terminal.ts'

interface ViewerAnswer {
  data?: { viewer: { name: string; role: string } }
  errors?: { message: string }[]
}

/** Signs in by a link as a browser does, calls the API with the cookie, and signs out. */
export const tourSession = async (link: string): Promise<void> => {
  const { origin, hash } = new URL(link)
  const headers = { origin, 'content-type': 'application/json', accept: 'application/json' }
  const [sessionUrl, graphqlUrl] = [new URL('session', link), new URL('../graphql', link)]

  print('\nSigning in to the console by a link, as a browser does:\n')
  printRequest('POST /console/session with the code of the link')
  const body = JSON.stringify({ code: new URLSearchParams(hash.slice(1)).get('code') })
  const response = await fetch(sessionUrl, { method: 'POST', headers, body })
  const [cookie = '', ...attributes] = (response.headers.getSetCookie()[0] ?? '').split('; ')
  printResponse(`a session cookie: ${attributes.join(', ')}`)

  const ask = async (): Promise<void> => {
    printRequest('{ viewer { name role } } with the cookie')
    const query = JSON.stringify({ query: '{ viewer { name role } }' })
    const answer = await fetch(graphqlUrl, { method: 'POST', headers: { ...headers, cookie }, body: query })
    const { data, errors } = (await answer.json()) as ViewerAnswer // as: the shape of the query
    printResponse(data ? `${data.viewer.name}, ${data.viewer.role}` : (errors?.[0]?.message ?? 'no answer'))
  }
  await ask()
  printRequest('DELETE /console/session')
  await fetch(sessionUrl, { method: 'DELETE', headers: { ...headers, cookie } })
  printResponse('signed out')
  await ask()
}
