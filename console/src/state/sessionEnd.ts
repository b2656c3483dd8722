import { create } from 'zustand'

interface SessionEnd {
  /** Whether the server no longer knows the session of this browser, so that a sign-in is offered. */
  hasEnded: boolean
  /** Offers a sign-in. Resolves to whether the person signed in. */
  end(): Promise<boolean>
  /** Ends the offer. */
  finish(isSignedIn: boolean): void
}

export const useSessionEnd = create<SessionEnd>()((set) => {
  let offer: PromiseWithResolvers<boolean> | null = null
  return {
    hasEnded: false,
    end() {
      offer ??= Promise.withResolvers()
      set({ hasEnded: true })
      return offer.promise
    },
    finish(isSignedIn) {
      offer?.resolve(isSignedIn)
      offer = null
      set({ hasEnded: false })
    },
  }
})
