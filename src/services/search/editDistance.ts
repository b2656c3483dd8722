/** Counts the letters that are wrong, missing, superfluous or swapped with their neighbour. */
export const editDistance = (left: string, right: string): number => {
  const [from, to] = [[...left], [...right]]
  let rowBeforePrevious: number[] = []
  let previousRow = to.map((_, index) => index + 1)
  previousRow.unshift(0)
  for (const [i, letter] of from.entries()) {
    const row = [i + 1]
    for (const [j, other] of to.entries()) {
      const at = (list: number[], index: number) => list[index] ?? 0
      let best = Math.min(at(previousRow, j + 1) + 1, at(row, j) + 1, at(previousRow, j) + (letter === other ? 0 : 1))
      if (i > 0 && j > 0 && letter === to[j - 1] && from[i - 1] === other)
        best = Math.min(best, at(rowBeforePrevious, j - 1) + 1)
      row.push(best)
    }
    ;[rowBeforePrevious, previousRow] = [previousRow, row]
  }
  return previousRow.at(-1) ?? 0
}
