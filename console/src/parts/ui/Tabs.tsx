import type { ReactNode } from 'react'
import { Tab as AriaTab, Tabs as AriaTabs, TabList, TabPanel } from 'react-aria-components/Tabs'
import styles from './Tabs.module.css'

interface TabsProps<Id extends string> {
  label: string
  tabs: readonly { id: Id; label: string; count?: number | null; content: () => ReactNode }[]
  selected: Id
  onSelect(id: Id): void
}

/** Tabs of which only the selected one renders its content. */
export const Tabs = <Id extends string>({ label, tabs, selected, onSelect }: TabsProps<Id>) => (
  <AriaTabs
    className={styles.tabs}
    selectedKey={selected}
    onSelectionChange={(key) => onSelect(key as Id)} // as: the keys are the ids of the tabs
  >
    <TabList className={styles.list} aria-label={label}>
      {tabs.map((tab) => (
        <AriaTab key={tab.id} id={tab.id} className={styles.tab}>
          {tab.label}
          {tab.count != null && <span className={styles.count}>{tab.count}</span>}
        </AriaTab>
      ))}
    </TabList>
    {tabs.map((tab) => (
      <TabPanel key={tab.id} id={tab.id} className={styles.panel}>
        {tab.content()}
      </TabPanel>
    ))}
  </AriaTabs>
)
