import { writeFile } from 'node:fs/promises'
import { eventsDocument } from './events/document.ts'

// Part of `npm run schema`: prints docs/events.md, the integrator's guide to the event log.
await writeFile(new URL('../docs/events.md', import.meta.url), eventsDocument)
