import { builder } from './builder.ts'
import { AssignmentStatusEnum } from './enums.ts'

export const AssignmentFilterInput = builder.inputType('AssignmentFilter', {
  description:
    'Selects the assignments that match every given field. Absent fields and null do not restrict the selection; an empty list matches no assignment.',
  fields: (t) => ({
    mediaId: t.id({
      required: false,
      description: 'The assignment is of this media, which may be in the trash or purged.',
    }),
    userId: t.id({ required: false, description: 'The media was assigned to this user.' }),
    assignedById: t.id({ required: false, description: 'The assignment was made by this user.' }),
    statuses: t.field({
      type: [AssignmentStatusEnum],
      required: false,
      description: 'The status of the assignment is one of these. At most 20 values.',
    }),
    assignedAfter: t.field({
      type: 'DateTime',
      required: false,
      description: 'The assignment was made at this time or later.',
    }),
    assignedBefore: t.field({
      type: 'DateTime',
      required: false,
      description: 'The assignment was made earlier than this time.',
    }),
  }),
})
