import { QueryClientProvider } from '@tanstack/react-query'
import { createRouter, RouterProvider } from '@tanstack/react-router'
import { createClient } from 'graphql-ws'
import { StrictMode, Suspense, use, useEffect } from 'react'
import { I18nProvider } from 'react-aria-components/I18nProvider'
import { createRoot } from 'react-dom/client'
import { IntlProvider } from 'use-intl'
import { consolePath } from './api/consolePath.ts'
import { RequestError } from './api/errors.ts'
import { keys } from './api/keys.ts'
import { ServerContext } from './data/context.ts'
import { browserLanguage, type Language, loadMessages, type Messages } from './messages/messages.ts'
import { routeTree } from './routes.tsx'
import { createQueryClient, createServer } from './server.ts'
import { usePreferences } from './state/preferences.ts'
import { useSessionEnd } from './state/sessionEnd.ts'
import './styles/tokens.css'
import './styles/base.css'

// Its address in the page is relative, and the path of the page changes.
for (const icon of document.querySelectorAll<HTMLLinkElement>('link[rel=icon]')) icon.setAttribute('href', icon.href)

const queryClient = createQueryClient()
const server = createServer({
  loadClient: async () => createClient,
  // Without a session, no screen is shown yet whose place a sign-in has to keep.
  onSignedOut: async () => queryClient.getQueryData(keys.session) !== undefined && useSessionEnd.getState().end(),
})
const router = createRouter({
  routeTree,
  basepath: consolePath,
  context: { queryClient, server },
  defaultPreload: 'intent',
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

const texts = new Map<Language, Promise<Messages>>()
const textsIn = (language: Language): Promise<Messages> => {
  const loading = texts.get(language) ?? loadMessages(language)
  texts.set(language, loading)
  return loading
}

const Console = () => {
  const { theme, language } = usePreferences()
  const locale = language ?? browserLanguage()
  useEffect(() => {
    document.documentElement.lang = locale
    document.documentElement.dataset['theme'] = theme
  }, [locale, theme])
  return (
    <IntlProvider
      locale={locale}
      messages={use(textsIn(locale))}
      timeZone={Intl.DateTimeFormat().resolvedOptions().timeZone}
    >
      <I18nProvider locale={locale === 'de' ? 'de-DE' : 'en-US'}>
        <RouterProvider router={router} />
      </I18nProvider>
    </IntlProvider>
  )
}

const root = document.getElementById('root')
if (root === null) throw new Error('The page has no element with the id root.')
createRoot(root, {
  // The error page shows what the server refused or failed to do; all else is a bug.
  onCaughtError: (error) => {
    if (!(error instanceof RequestError)) console.error(error)
  },
}).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <ServerContext value={server}>
        <Suspense>
          <Console />
        </Suspense>
      </ServerContext>
    </QueryClientProvider>
  </StrictMode>,
)
