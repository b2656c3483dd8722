/** Shortcut of the keyboard, in the order in which the help lists them. */
interface Shortcut {
  id: string
  /** Keys as `KeyboardEvent.key` names them, with `Mod+` for Ctrl or ⌘ and `Shift+` where they change the meaning. */
  keys: readonly string[]
  /** Where the keys work: `page` everywhere except in text fields, `grid` while a list of media has the focus. */
  scope: 'page' | 'grid'
}

/** All shortcuts. Handlers and the help both read this table. */
export const shortcuts = [
  { id: 'search', keys: ['/'], scope: 'page' },
  { id: 'help', keys: ['?'], scope: 'page' },
  { id: 'left', keys: ['ArrowLeft'], scope: 'grid' },
  { id: 'right', keys: ['ArrowRight'], scope: 'grid' },
  { id: 'up', keys: ['ArrowUp'], scope: 'grid' },
  { id: 'down', keys: ['ArrowDown'], scope: 'grid' },
  { id: 'rowStart', keys: ['Home'], scope: 'grid' },
  { id: 'rowEnd', keys: ['End'], scope: 'grid' },
  { id: 'listStart', keys: ['Mod+Home'], scope: 'grid' },
  { id: 'listEnd', keys: ['Mod+End'], scope: 'grid' },
  { id: 'pageUp', keys: ['PageUp'], scope: 'grid' },
  { id: 'pageDown', keys: ['PageDown'], scope: 'grid' },
  { id: 'extend', keys: ['Shift+'], scope: 'grid' },
  { id: 'toggle', keys: [' '], scope: 'grid' },
  { id: 'selectAll', keys: ['Mod+a'], scope: 'grid' },
  { id: 'clear', keys: ['Escape'], scope: 'grid' },
  { id: 'open', keys: ['Enter'], scope: 'grid' },
  { id: 'panel', keys: ['i'], scope: 'grid' },
  { id: 'tag', keys: ['t'], scope: 'grid' },
  { id: 'move', keys: ['m'], scope: 'grid' },
  { id: 'link', keys: ['l'], scope: 'grid' },
  { id: 'upload', keys: ['u'], scope: 'grid' },
  { id: 'delete', keys: ['Delete'], scope: 'grid' },
] as const satisfies readonly Shortcut[]

export type ShortcutId = (typeof shortcuts)[number]['id']

interface KeyPress {
  key: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
}

const keyOf = ({ key, ctrlKey, metaKey }: KeyPress): string => {
  const name = key.length === 1 ? key.toLowerCase() : key
  return ctrlKey || metaKey ? `Mod+${name}` : name
}

/** Returns the shortcut that a key means in a scope. Shift extends a selection and changes no other meaning. */
export const shortcutOf = (press: KeyPress, scope: Shortcut['scope']): ShortcutId | undefined =>
  press.altKey
    ? undefined
    : shortcuts.find(
        (shortcut) => shortcut.scope === scope && (shortcut.keys as readonly string[]).includes(keyOf(press)),
      )?.id // as: the literal types of the keys

const symbols: Record<string, string> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
}

/** Names of the keys that have no symbol, for translations. */
export type KeyName =
  | 'Home'
  | 'End'
  | 'PageUp'
  | 'PageDown'
  | 'Space'
  | 'Escape'
  | 'Enter'
  | 'Delete'
  | 'Shift'
  | 'Ctrl'
const keyNames: readonly string[] = [
  'Home',
  'End',
  'PageUp',
  'PageDown',
  'Space',
  'Escape',
  'Enter',
  'Delete',
  'Shift',
  'Ctrl',
] satisfies KeyName[]

/** Parts of a key as a keyboard shows them: symbols and letters as they are, names to be translated. */
export const partsOfKey = (keys: string, isApple: boolean): ({ name: KeyName } | { text: string })[] =>
  keys
    .split('+')
    .filter((part) => part !== '')
    .map((part) => {
      const key = part === ' ' ? 'Space' : part === 'Mod' ? 'Ctrl' : part
      if (part === 'Mod' && isApple) return { text: '⌘' }
      if (keyNames.includes(key)) return { name: key as KeyName } // as: it is one of them
      return { text: symbols[key] ?? key.toUpperCase() }
    })
