import { create } from 'zustand'

export interface Toast {
  id: number
  tone: 'success' | 'danger' | 'neutral'
  message: string
  action?: { label: string; run(): void }
}

interface Toasts {
  toasts: Toast[]
  /** Shows a message, for six seconds unless it has an action or is an error. */
  show(toast: Omit<Toast, 'id'>): void
  dismiss(id: number): void
}

const maxToasts = 4
let lastId = 0

/** Short messages about what happened, shown above every screen and announced to screen readers. */
export const useToasts = create<Toasts>()((set) => ({
  toasts: [],
  show: (toast) => {
    lastId += 1
    const id = lastId
    set(({ toasts }) => ({ toasts: [...toasts.slice(1 - maxToasts), { ...toast, id }] }))
  },
  dismiss: (id) => set(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) })),
}))
