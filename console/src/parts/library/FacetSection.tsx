import { ChevronRight } from 'lucide-react'
import { type ReactNode, useId } from 'react'
import { usePanels } from '../../state/panels.ts'
import styles from './Facets.module.css'

interface FacetSectionProps {
  /** Name under which the browser remembers whether it is open. */
  id: string
  title: string
  /** Number of chosen values, shown while the section is closed. */
  activeCount: number
  isOpen: boolean
  children: ReactNode
}

/** A section of the filters that can be closed. */
export const FacetSection = ({ id, title, activeCount, isOpen, children }: FacetSectionProps) => {
  const panelId = useId()
  const setSectionOpen = usePanels((state) => state.setSectionOpen)
  return (
    <section className={styles.section}>
      <h3>
        <button
          type="button"
          className={styles.heading}
          aria-expanded={isOpen}
          aria-controls={isOpen ? panelId : undefined}
          onClick={() => setSectionOpen(id, !isOpen)}
        >
          <ChevronRight size={14} aria-hidden />
          <span>{title}</span>
          {activeCount > 0 && <span className={styles.active}>{activeCount}</span>}
        </button>
      </h3>
      {isOpen && (
        <div id={panelId} className={styles.panel}>
          {children}
        </div>
      )}
    </section>
  )
}
