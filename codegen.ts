import type { CodegenConfig } from '@graphql-codegen/cli'

const plugins = ['typescript-operations', 'typed-document-node']
const options = {
  useTypeImports: true,
  enumsAsTypes: true,
  scalars: { DateTime: 'string', SafeInt: 'number', JSON: 'unknown', ID: 'string' },
}

/**
 * Generates typed documents from the committed schema: for the client package, which tests, demo and benchmarks use, and
 * as plain texts for the console, so that browsers load no GraphQL parser.
 */
const config: CodegenConfig = {
  schema: 'src/schema/schema.graphql',
  generates: {
    'client/generated/documents.ts': { documents: 'client/documents.graphql', plugins, config: options },
    'console/src/api/generated/documents.ts': {
      documents: 'console/src/api/documents/*.graphql',
      plugins,
      // The comment lets the build drop documents that a page does not send.
      config: { ...options, documentMode: 'string', pureMagicComment: true },
    },
  },
}

export default config
