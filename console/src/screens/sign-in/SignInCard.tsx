import type { ReactNode } from 'react'
import styles from './SignInCard.module.css'

/** Frame of the screens for which one need not be signed in. */
export const SignInCard = ({ title, children }: { title: string; children: ReactNode }) => (
  <main className={styles.screen}>
    <title>{`${title} · Mediagraph`}</title>
    <div className={styles.card}>
      <h1>{title}</h1>
      {children}
    </div>
  </main>
)
