import { type ReactNode, Suspense, useEffect } from 'react'
import { useFirstContent } from '../../state/firstContent.ts'

/** Time after which the other parts are loaded, although the first content is still missing. */
const maxWaitMs = 3000

/** Renders parts whose code is loaded once the page has shown what it was opened for. */
export const AfterFirstContent = ({ children, fallback = null }: { children: ReactNode; fallback?: ReactNode }) => {
  const { isShown, show } = useFirstContent()
  useEffect(() => {
    const timer = setTimeout(show, maxWaitMs)
    return () => clearTimeout(timer)
  }, [show])
  return isShown ? <Suspense fallback={fallback}>{children}</Suspense> : fallback
}
