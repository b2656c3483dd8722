import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  type ErrorComponentProps,
  lazyRouteComponent,
  notFound,
  Outlet,
  redirect,
  useRouter,
} from '@tanstack/react-router'
import { lazy } from 'react'
import { RequestError } from './api/errors.ts'
import type { Server } from './data/context.ts'
import { sessionQuery } from './data/session.ts'
import { parseLibrarySearch } from './parts/library/search.ts'
import { parseLogFilter } from './parts/log/parseLogFilter.ts'
import { AfterFirstContent } from './parts/shell/AfterFirstContent.tsx'
import { ErrorPage, NotFoundPage } from './parts/shell/ErrorPage.tsx'
import { Shell } from './parts/shell/Shell.tsx'
import { Toaster } from './parts/ui/Toaster.tsx'
import { LibraryScreen } from './screens/library/LibraryScreen.tsx'
import { toMediaTab } from './screens/media/tabs.ts'
import { parseTrashSearch } from './screens/trash/trashSearch.ts'
import { endServiceVisit } from './state/serviceVisit.ts'

interface RouteContext {
  queryClient: QueryClient
  server: Server
}

const SessionEndDialog = lazy(async () => ({
  default: (await import('./parts/sign-in/SessionEndDialog.tsx')).SessionEndDialog,
}))

const ScreenError = ({ error, reset }: ErrorComponentProps) => {
  const router = useRouter()
  const retry = (): void => {
    reset()
    void router.invalidate()
  }
  return <ErrorPage error={error instanceof Error ? error : new Error(String(error))} onRetry={retry} />
}

const rootRoute = createRootRouteWithContext<RouteContext>()({
  component: Outlet,
  errorComponent: ScreenError,
  notFoundComponent: () => <NotFoundPage />,
})

/** All screens for which one has to be signed in. */
const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'shell',
  beforeLoad: async ({ context: { queryClient, server }, location }) => {
    try {
      await queryClient.ensureQueryData(sessionQuery(server.send))
      endServiceVisit()
    } catch (error) {
      if (!(error instanceof RequestError) || error.code !== 'UNAUTHENTICATED') throw error
      throw redirect({ to: '/sign-in', search: { return: `/console${location.href}` } })
    }
  },
  component: () => (
    <>
      <Shell>
        <Outlet />
      </Shell>
      <AfterFirstContent>
        <SessionEndDialog />
      </AfterFirstContent>
      <Toaster />
    </>
  ),
  errorComponent: ScreenError,
})

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

export const routeTree = rootRoute.addChildren([
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/sign-in',
    validateSearch: (search: Record<string, unknown>): { return?: string } => ({ return: textOf(search['return']) }),
    component: lazyRouteComponent(() => import('./screens/sign-in/SignInScreen.tsx'), 'SignInScreen'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/signed-in',
    component: lazyRouteComponent(() => import('./screens/sign-in/SignedInScreen.tsx'), 'SignedInScreen'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/signed-out',
    component: lazyRouteComponent(() => import('./screens/sign-in/SignedOutScreen.tsx'), 'SignedOutScreen'),
  }),
  shellRoute.addChildren([
    createRoute({ getParentRoute: () => shellRoute, path: '$', component: () => <NotFoundPage /> }),
    createRoute({
      getParentRoute: () => shellRoute,
      path: '/',
      beforeLoad: () => {
        throw redirect({ to: '/library', replace: true })
      },
    }),
    createRoute({
      getParentRoute: () => shellRoute,
      path: '/library',
      validateSearch: parseLibrarySearch,
      component: LibraryScreen,
      errorComponent: ScreenError,
    }),
    createRoute({
      getParentRoute: () => shellRoute,
      path: '/playground',
      component: lazyRouteComponent(() => import('./screens/playground/PlaygroundScreen.tsx'), 'PlaygroundScreen'),
      errorComponent: ScreenError,
    }),
    createRoute({
      getParentRoute: () => shellRoute,
      path: '/people',
      component: lazyRouteComponent(() => import('./screens/people/PeopleScreen.tsx'), 'PeopleScreen'),
      errorComponent: ScreenError,
    }),
    createRoute({
      getParentRoute: () => shellRoute,
      path: '/people/$id',
      component: lazyRouteComponent(() => import('./screens/people/PersonScreen.tsx'), 'PersonScreen'),
      errorComponent: ScreenError,
    }),
    createRoute({
      getParentRoute: () => shellRoute,
      path: '/duplicates',
      component: lazyRouteComponent(() => import('./screens/duplicates/DuplicatesScreen.tsx'), 'DuplicatesScreen'),
      errorComponent: ScreenError,
    }),
    createRoute({
      getParentRoute: () => shellRoute,
      path: '/analytics',
      component: lazyRouteComponent(() => import('./screens/analytics/AnalyticsScreen.tsx'), 'AnalyticsScreen'),
      errorComponent: ScreenError,
    }),
    createRoute({
      getParentRoute: () => shellRoute,
      path: '/log',
      validateSearch: parseLogFilter,
      component: lazyRouteComponent(() => import('./screens/log/LogScreen.tsx'), 'LogScreen'),
      errorComponent: ScreenError,
    }),
    createRoute({
      getParentRoute: () => shellRoute,
      path: '/library/$id',
      beforeLoad: ({ params: { id } }) => {
        throw redirect({ to: '/library/$id/$tab', params: { id, tab: 'overview' }, replace: true })
      },
    }),
    createRoute({
      getParentRoute: () => shellRoute,
      path: '/library/$id/$tab',
      params: {
        parse: ({ id, tab }) => {
          const knownTab = toMediaTab(tab)
          if (knownTab === undefined) throw notFound()
          return { id, tab: knownTab }
        },
      },
      component: lazyRouteComponent(() => import('./screens/media/MediaScreen.tsx'), 'MediaScreen'),
      errorComponent: ScreenError,
    }),
    createRoute({
      getParentRoute: () => shellRoute,
      path: '/trash',
      validateSearch: parseTrashSearch,
      component: lazyRouteComponent(() => import('./screens/trash/TrashScreen.tsx'), 'TrashScreen'),
      errorComponent: ScreenError,
    }),
    createRoute({
      getParentRoute: () => shellRoute,
      path: '/operations',
      component: lazyRouteComponent(() => import('./screens/operations/OperationsScreen.tsx'), 'OperationsScreen'),
      errorComponent: ScreenError,
    }),
    createRoute({
      getParentRoute: () => shellRoute,
      path: '/operations/$id',
      component: lazyRouteComponent(() => import('./screens/operations/OperationScreen.tsx'), 'OperationScreen'),
      errorComponent: ScreenError,
    }),
    createRoute({
      getParentRoute: () => shellRoute,
      path: '/courses',
      validateSearch: (search: Record<string, unknown>): { search?: string } => ({ search: textOf(search['search']) }),
      component: lazyRouteComponent(() => import('./screens/courses/CoursesScreen.tsx'), 'CoursesScreen'),
      errorComponent: ScreenError,
    }),
    createRoute({
      getParentRoute: () => shellRoute,
      path: '/courses/$source/$type/$externalId',
      component: lazyRouteComponent(() => import('./screens/courses/CourseScreen.tsx'), 'CourseScreen'),
      errorComponent: ScreenError,
    }),
  ]),
])
