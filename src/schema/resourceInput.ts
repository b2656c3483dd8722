import type { ResourceInput as ResourceInputShape } from '../services/kernel/resourceInput.ts'
import { builder } from './builder.ts'

const slug = 'At most 64 lower-case letters, digits, _ and -.'

export const ResourceRef = builder.inputType('ResourceRef', {
  fields: (t) => ({
    source: t.string({ required: false, description: 'Which LMS; `default` where absent.' }),
    type: t.string({ description: slug }),
    externalId: t.string({ description: 'At most 255 characters.' }),
  }),
})

export const ResourceInput = builder.inputRef<ResourceInputShape>('ResourceInput').implement({
  description:
    'Made where it is not known yet, brought back where it was deleted. What is absent stays as it is, null clears.',
  fields: (t) => ({
    source: t.string({ required: false, description: 'Which LMS; `default` where absent.' }),
    type: t.string({ description: slug }),
    externalId: t.string({ description: 'At most 255 characters.' }),
    title: t.string({ required: false }),
    url: t.string({ required: false, description: 'Where people find it; http or https.' }),
    parent: t.field({ type: ResourceInput, required: false, description: 'What it belongs to; up to 10 levels.' }),
  }),
})
