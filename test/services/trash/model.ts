import fc from 'fast-check'

// Model: a few media, one course with two lessons, and the effect of each command on them.

export const resourceNames = ['course', 'lesson1', 'lesson2'] as const
export type ResourceName = (typeof resourceNames)[number]

export interface ModelMedia {
  state: 'live' | 'trash' | 'purged'
  links: ResourceName[]
  remembered: ResourceName[]
}
export interface Model {
  media: ModelMedia[]
  /** Resources that are not deleted. */
  resources: ResourceName[]
}

export type Command =
  | { do: 'link' | 'unlink'; media: number; resource: ResourceName }
  | { do: 'delete' | 'force' | 'restore' | 'purge'; media: number }
  | { do: 'set'; resource: ResourceName; all: number[] }
  | { do: 'resourceDelete'; resource: ResourceName }
  | { do: 'reclaim' }

export const sorted = (names: Iterable<ResourceName>): ResourceName[] => [...new Set(names)].toSorted()
const withResource = (model: Model, name: ResourceName): ResourceName[] => sorted([...model.resources, name, 'course'])
const subtreeOf = (name: ResourceName): readonly ResourceName[] => (name === 'course' ? resourceNames : [name])

/** Applies a command to the model; the outcome is `done`, or the code of the refusal. */
export const step = (model: Model, command: Command): { model: Model; outcome: string } => {
  const refuse = (outcome: string) => ({ model, outcome })
  const succeed = (change: Partial<Model>) => ({ model: { ...model, ...change }, outcome: 'done' })
  const updateMedia = (index: number, change: Partial<ModelMedia>) =>
    model.media.map((media, at) => (at === index ? { ...media, ...change } : media))

  if (command.do === 'reclaim') return succeed({})
  if (command.do === 'resourceDelete') {
    const removedNames = subtreeOf(command.resource)
    const media = model.media.map((each) => ({
      ...each,
      links: each.links.filter((name) => !removedNames.includes(name)),
    }))
    return succeed({ media, resources: model.resources.filter((name) => !removedNames.includes(name)) })
  }
  if (command.do === 'set') {
    if (command.all.some((index) => model.media[index]?.state !== 'live')) return refuse('STATE_CONFLICT')
    const media = model.media.map((each, index) => {
      const others = each.links.filter((name) => name !== command.resource)
      return { ...each, links: command.all.includes(index) ? sorted([...others, command.resource]) : others }
    })
    return succeed({ media, resources: withResource(model, command.resource) })
  }
  const media = model.media[command.media]
  if (media === undefined || media.state === 'purged') return refuse('NOT_FOUND')
  const { state, links, remembered } = media
  switch (command.do) {
    case 'link':
      if (state !== 'live') return refuse('NOT_FOUND')
      return succeed({
        media: updateMedia(command.media, { links: sorted([...links, command.resource]) }),
        resources: withResource(model, command.resource),
      })
    case 'unlink':
      if (state !== 'live') return refuse('NOT_FOUND')
      return succeed({
        media: updateMedia(command.media, { links: links.filter((name) => name !== command.resource) }),
      })
    case 'delete':
      if (state !== 'live') return refuse('STATE_CONFLICT')
      if (links.length > 0) return refuse('IN_USE')
      return succeed({ media: updateMedia(command.media, { state: 'trash' }) })
    case 'force':
      if (state !== 'live') return refuse('STATE_CONFLICT')
      return succeed({ media: updateMedia(command.media, { state: 'trash', links: [], remembered: links }) })
    case 'restore': {
      if (state !== 'trash') return refuse('STATE_CONFLICT')
      const returning = remembered.filter((name) => model.resources.includes(name))
      return succeed({ media: updateMedia(command.media, { state: 'live', links: returning, remembered: [] }) })
    }
    case 'purge':
      if (state !== 'trash') return refuse('STATE_CONFLICT')
      return succeed({ media: updateMedia(command.media, { state: 'purged', remembered: [] }) })
  }
}

/** Contents of the media; two of them are equal. */
export const contents = ['first', 'second', 'first']

const mediaIndex = fc.nat({ max: contents.length - 1 })
const resourceName = fc.constantFrom(...resourceNames)
export const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('link' as const), media: mediaIndex, resource: resourceName }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('unlink' as const), media: mediaIndex, resource: resourceName }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'delete' as const,
        'force' as const,
        'force' as const,
        'restore' as const,
        'restore' as const,
      ),
      media: mediaIndex,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('purge' as const), media: mediaIndex }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('set' as const),
      resource: resourceName,
      all: fc.uniqueArray(mediaIndex),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('resourceDelete' as const), resource: resourceName }) },
  { weight: 1, arbitrary: fc.constant({ do: 'reclaim' as const }) },
)
