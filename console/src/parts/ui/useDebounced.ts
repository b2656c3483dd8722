import { useEffect, useState } from 'react'

const debounceMs = 250

/** Returns the value that has not changed for a quarter of a second. */
export const useDebounced = <Value>(value: Value): Value => {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), debounceMs)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}
