interface ChooseOptions {
  /** Whether several files can be chosen. */
  isMultiple: boolean
  /** MIME types or endings that the browser offers first. */
  accept?: string
}

/** Opens the browser's dialog for files. Call it while an event of the person is handled. Resolves to the chosen files. */
export const chooseFiles = ({ isMultiple, accept = '' }: ChooseOptions): Promise<File[]> => {
  const input = Object.assign(document.createElement('input'), { type: 'file', multiple: isMultiple, accept })
  const { promise, resolve } = Promise.withResolvers<File[]>()
  input.addEventListener('change', () => resolve([...(input.files ?? [])]))
  input.addEventListener('cancel', () => resolve([]))
  input.click()
  return promise
}
