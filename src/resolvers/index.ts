import './media.ts'
import './node.ts'
import './rendition.ts'
import './upload.ts'
import './user.ts'
import { builder } from '../schema/builder.ts'

export const schema = builder.toSchema()
