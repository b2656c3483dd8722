/** Lists of events that are read like relations, though no foreign key leads out of the log. Prisma does not know them. */
export const logRelations = [{ from: 'Media', name: 'history', to: 'Event', keys: { id: 'mediaId' } }] as const
