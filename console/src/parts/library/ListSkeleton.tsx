import { Skeleton } from '../ui/Skeleton.tsx'
import styles from './ListSkeleton.module.css'

const counts = { grid: 20, table: 14 }

/** Placeholder of a list, in the size of its cards or rows. */
export const ListSkeleton = ({ view }: { view: 'grid' | 'table' }) => (
  <div className={styles[view]} aria-hidden>
    {Array.from({ length: counts[view] }, (_, index) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity.
      <Skeleton key={index} height={view === 'grid' ? '15rem' : '2.25rem'} />
    ))}
  </div>
)
