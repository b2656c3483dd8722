import type { ResourceInput as ResourceInputShape } from '../services/kernel/resourceInput.ts'
import { builder } from './builder.ts'
import { cleaning } from './cleaning.ts'

const sourceDescription = 'Name of the LMS as a slug of at most 64 characters. The default is `default`.'
const typeDescription =
  'Type of the resource, such as `lesson`: at most 64 lower-case letters, digits, `_` and `-`, starting with a letter or digit.'
const externalIdDescription = 'Key of the resource in its LMS: 1 to 255 characters.'

export const ResourceRef = builder.inputType('ResourceRef', {
  description: 'Identifies a resource of an LMS by the key that the LMS uses.',
  fields: (t) => ({
    source: t.string({ required: false, description: sourceDescription }),
    type: t.string({ description: typeDescription }),
    externalId: t.string({ description: externalIdDescription }),
  }),
})

export const ResourceInput = builder.inputRef<ResourceInputShape>('ResourceInput').implement({
  description:
    'A resource of an LMS with its parents. It is created if it does not exist, and restored if it was deleted. Absent fields stay unchanged; null clears them.',
  fields: (t) => ({
    source: t.string({ required: false, description: sourceDescription }),
    type: t.string({ description: typeDescription }),
    externalId: t.string({ description: externalIdDescription }),
    title: t.string({
      required: false,
      description: `Title of the resource. ${cleaning(500)} An empty text counts as null.`,
    }),
    url: t.string({
      required: false,
      description:
        'Web address of the resource in its LMS, starting with http:// or https://: at most 2,048 characters. An empty text counts as null.',
    }),
    parent: t.field({
      type: ResourceInput,
      required: false,
      description:
        'Resource that this one belongs to. At most 10 parents above each other; null puts the resource at the top.',
    }),
  }),
})
