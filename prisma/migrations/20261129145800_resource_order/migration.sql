-- Lists of resources, and of those below one, are read in the order of names. (Indexes on expressions, which the schema file
-- cannot express.)
CREATE INDEX "Resource_by_name" ON "Resource" (coalesce("title", "externalId") COLLATE "names", "id")
  WHERE "deletedAt" IS NULL;
CREATE INDEX "Resource_children_by_name" ON "Resource" ("parentId", coalesce("title", "externalId") COLLATE "names", "id")
  WHERE "deletedAt" IS NULL;
