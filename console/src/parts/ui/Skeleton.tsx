import styles from './Skeleton.module.css'

interface SkeletonProps {
  /** CSS lengths of the element that it stands for. */
  width?: string
  height?: string
}

/** Placeholder of an element that is loading, in its final size. */
export const Skeleton = ({ width = '100%', height = '1rem' }: SkeletonProps) => (
  <span className={styles.skeleton} style={{ width, height }} aria-hidden />
)
