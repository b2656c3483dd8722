import { useTranslations } from 'use-intl'
import { consoleUrl } from '../../api/consolePath.ts'
import { useToasts } from '../../state/toasts.ts'

/** Returns a function that copies the address of a media in the console. */
export const useCopyLink = (): ((id: string) => Promise<void>) => {
  const t = useTranslations('media')
  const show = useToasts((state) => state.show)
  return async (id) => {
    const url = consoleUrl(`library/${id}`)
    try {
      await navigator.clipboard.writeText(url)
      show({ tone: 'success', message: t('copied') })
    } catch {
      // The browser offers no clipboard, or the person did not allow it.
      show({ tone: 'danger', message: t('copyFailed', { url }) })
    }
  }
}
