import type { Client } from '../../../client/client.ts'
import {
  UsersDocument,
  type UsersQueryVariables,
  UserUpsertDocument,
  type UserUpsertInput,
} from '../../../client/generated/documents.ts'

export const listUsers = async (client: Client, variables: UsersQueryVariables) =>
  (await client.send(UsersDocument, variables)).users

export const upsert = async (client: Client, input: UserUpsertInput) =>
  (await client.send(UserUpsertDocument, { input })).userUpsert

/** Upserts a user; throws if that is refused. */
export const upsertUser = async (client: Client, externalId: string, name: string) => {
  const user = await upsert(client, { externalId, name })
  if (user.__typename !== 'User') throw new Error(user.message)
  return user
}
