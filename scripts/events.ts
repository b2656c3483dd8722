import { writeFile } from 'node:fs/promises'
import { eventsDocument } from './events/document.ts'

// Behind `npm run schema`: prints what the log holds, for those who read it.
await writeFile(new URL('../docs/events.md', import.meta.url), eventsDocument)
