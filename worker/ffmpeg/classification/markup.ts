const skipPast = (text: string, end: string, from: number): number => {
  const index = text.indexOf(end, from)
  return index < 0 ? text.length : index + end.length
}

/** Returns the offset behind a document type, whose internal subset may contain comments, quotes and declarations. */
const skipDocumentType = (text: string, start: number): number => {
  let depth = 0
  for (let offset = start; offset < text.length; ) {
    const character = text[offset] ?? ''
    if (text.startsWith('<!--', offset)) offset = skipPast(text, '-->', offset + 4)
    else if (character === '"' || character === "'") offset = skipPast(text, character, offset + 1)
    else {
      if (character === '[') depth++
      if (character === ']') depth--
      offset++
      if (character === '>' && depth <= 0) return offset
    }
  }
  return text.length
}

const isBlank = (character: string | undefined): boolean => character !== undefined && /\s/.test(character)

/**
 * Skips white space and comments and, with `xml`, also declarations, instructions and the document type. Each character is
 * read once: a pattern with nested repetitions doubles its time with every comment, and 40 of them stop the worker.
 */
const skipProlog = (text: string, { xml }: { xml: boolean }): string => {
  for (let offset = 0; ; ) {
    if (isBlank(text[offset])) offset++
    else if (text.startsWith('<!--', offset)) offset = skipPast(text, '-->', offset + 4)
    else if (xml && text.startsWith('<?', offset)) offset = skipPast(text, '?>', offset + 2)
    else if (xml && /^<!doctype\s/i.test(text.slice(offset, offset + 10))) offset = skipDocumentType(text, offset + 9)
    else return text.slice(offset)
  }
}

/** Recognises text that a browser would execute or draw by its first element; null for all other text. */
export const detectMarkup = (text: string): 'image/svg+xml' | 'text/html' | null => {
  if (/^<(?:svg:)?svg[\s/>]/i.test(skipProlog(text, { xml: true }))) return 'image/svg+xml'
  return /^<(!doctype html|html|head|body|script)[\s>]/i.test(skipProlog(text, { xml: false })) ? 'text/html' : null
}
