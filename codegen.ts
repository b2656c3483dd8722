import type { CodegenConfig } from '@graphql-codegen/cli'

/** Generates typed documents for the client package, which tests, demo and benchmarks use, from the committed schema. */
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
