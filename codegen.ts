import type { CodegenConfig } from '@graphql-codegen/cli'

/** Typed documents for the tests and the demo, from the committed schema: a client's view of it. */
const config: CodegenConfig = {
  schema: 'src/schema/schema.graphql',
  documents: 'client/documents.graphql',
  generates: {
    'client/generated/documents.ts': {
      plugins: ['typescript-operations', 'typed-document-node'],
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        scalars: { DateTime: 'string', SafeInt: 'number', JSON: 'unknown', ID: 'string' },
      },
    },
  },
}

export default config
