/** Returns the row to which a key moves the focus, if it does. `rows` are those that are shown, from top to bottom. */
export const nextRow = (key: string, rows: readonly HTMLElement[], row: HTMLElement): HTMLElement | undefined => {
  const index = rows.indexOf(row)
  const level = Number(row.ariaLevel)
  switch (key) {
    case 'ArrowDown':
      return rows[index + 1]
    case 'ArrowUp':
      return rows[index - 1]
    case 'Home':
      return rows[0]
    case 'End':
      return rows.at(-1)
    case 'ArrowRight': {
      const next = rows[index + 1]
      return Number(next?.ariaLevel) > level ? next : undefined
    }
    case 'ArrowLeft':
      return rows.slice(0, index).findLast((other) => Number(other.ariaLevel) < level)
    default: {
      if (key.length !== 1 || key === ' ') return
      const following = [...rows.slice(index + 1), ...rows.slice(0, index)]
      return following.find(({ dataset }) => dataset['name']?.toLowerCase().startsWith(key.toLowerCase()))
    }
  }
}
