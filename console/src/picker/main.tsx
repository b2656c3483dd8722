import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode, Suspense, use, useEffect } from 'react'
import { I18nProvider } from 'react-aria-components/I18nProvider'
import { createRoot } from 'react-dom/client'
import { IntlProvider } from 'use-intl'
import { ServerContext } from '../data/context.ts'
import { browserLanguage, type Language, type Messages } from '../messages/messages.ts'
import { createQueryClient, createServer } from '../server.ts'
import '../styles/base.css'
import '../styles/tokens.css'
import { type Host, waitForHost } from './host.ts'
import { NotFramed, Picker } from './Picker.tsx'
import { loadTexts } from './texts.ts'

const originsOf = (): string[] =>
  (document.querySelector<HTMLMetaElement>('meta[name=frame-origins]')?.content ?? '').split(' ').filter(Boolean)

const languageOf = (tag: string | undefined): Language => {
  const language = tag?.slice(0, 2)
  return language === 'de' || language === 'en' ? language : browserLanguage()
}

interface PageProps {
  /** The page that shows the picker; null if the picker is a page of its own. */
  host: Host | null
  messages: Promise<Messages>
  language: Language
}

const Page = ({ host, messages, language }: PageProps) => {
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  return (
    <IntlProvider
      locale={language}
      messages={use(messages)}
      timeZone={Intl.DateTimeFormat().resolvedOptions().timeZone}
    >
      <I18nProvider locale={language === 'de' ? 'de-DE' : 'en-US'}>
        {host === null ? <NotFramed /> : <Picker host={host} />}
      </I18nProvider>
    </IntlProvider>
  )
}

const show = (host: Host | null): void => {
  const language = languageOf(host?.options.language)
  const server = createServer({
    getToken: host?.getToken,
    loadClient: async () => (await import('graphql-ws')).createClient,
  })
  const root = document.getElementById('root')
  if (root === null) throw new Error('The page has no element with the id root.')
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={createQueryClient()}>
        <ServerContext value={server}>
          <Suspense>
            <Page host={host} messages={loadTexts(language)} language={language} />
          </Suspense>
        </ServerContext>
      </QueryClientProvider>
    </StrictMode>,
  )
}

if (window.parent === window) show(null)
else show(await waitForHost({ frame: window, origins: originsOf() }))
