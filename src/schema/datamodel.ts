import { getDatamodel } from '../../prisma/generated/pothos.ts'
import { logRelations } from '../services/kernel/logRelations.ts'

const { datamodel } = getDatamodel()
const models: Partial<typeof datamodel.models> = datamodel.models

/** Prisma's data model, with the relations that only compiled reads know. */
export const createDatamodel = (): ReturnType<typeof getDatamodel> => ({
  datamodel: {
    ...datamodel,
    models: {
      ...datamodel.models,
      ...Object.fromEntries(
        logRelations.map(({ from, name, to }) => {
          const model = models[from]
          if (model === undefined) throw new Error(`There is no model ${from}.`)
          const relation = {
            name,
            type: to,
            kind: 'object',
            relationName: name,
            relationFromFields: [],
            isList: true,
            isRequired: true,
            hasDefaultValue: false,
            isUnique: false,
            isId: false,
            isUpdatedAt: false,
          } as const
          return [from, { ...model, fields: [...model.fields, relation] }]
        }),
      ),
    },
  },
})
