-- The orders of lists, with what filters ask about. Building them blocks writes for half a second per 100,000 media and
-- index, but no reads. The next migration removes those that they replace: DROP INDEX would block reads until all are built.
CREATE INDEX "Media_by_title_order" ON "Media" ("title" COLLATE "names", "id")
  INCLUDE ("kind", "status", "mimeType", "sizeBytes", "unusedSince", "uploadedById", "folderId", "uploadedAt", "durationKey", "hasAltText") WHERE "deletedAt" IS NULL;
CREATE INDEX "Media_by_duration" ON "Media" ("durationKey", "id")
  INCLUDE ("kind", "status", "mimeType", "sizeBytes", "unusedSince", "uploadedById", "folderId", "uploadedAt", "hasAltText") WHERE "deletedAt" IS NULL;
CREATE INDEX "Media_by_altText" ON "Media" ("hasAltText", "uploadedAt", "id")
  INCLUDE ("kind", "status", "mimeType", "unusedSince", "folderId") WHERE "deletedAt" IS NULL;

CREATE INDEX "Media_by_uploadedAt_new" ON "Media" ("uploadedAt", "id")
  INCLUDE ("kind", "status", "mimeType", "sizeBytes", "unusedSince", "uploadedById", "folderId", "durationKey", "hasAltText") WHERE "deletedAt" IS NULL;
CREATE INDEX "Media_by_updatedAt_new" ON "Media" ("updatedAt", "id")
  INCLUDE ("kind", "status", "mimeType", "sizeBytes", "unusedSince", "uploadedById", "folderId", "uploadedAt", "durationKey", "hasAltText") WHERE "deletedAt" IS NULL;
CREATE INDEX "Media_by_fileName_new" ON "Media" ("fileName" COLLATE "names", "id")
  INCLUDE ("kind", "status", "mimeType", "sizeBytes", "unusedSince", "uploadedById", "folderId", "uploadedAt", "durationKey", "hasAltText") WHERE "deletedAt" IS NULL;
CREATE INDEX "Media_by_sizeBytes_new" ON "Media" ("sizeBytes", "id")
  INCLUDE ("kind", "status", "mimeType", "unusedSince", "uploadedById", "folderId", "uploadedAt", "durationKey", "hasAltText") WHERE "deletedAt" IS NULL;
CREATE INDEX "Media_by_usageCount_new" ON "Media" ("usageCount", "id")
  INCLUDE ("kind", "status", "mimeType", "sizeBytes", "unusedSince", "uploadedById", "folderId", "uploadedAt", "durationKey", "hasAltText") WHERE "deletedAt" IS NULL;
CREATE INDEX "Media_by_kind_new" ON "Media" ("kind", "uploadedAt", "id")
  INCLUDE ("status", "mimeType", "sizeBytes", "unusedSince", "durationKey", "hasAltText") WHERE "deletedAt" IS NULL;

-- The trash is small: its lists need no other columns.
CREATE INDEX "Media_trash_by_deletedAt" ON "Media" (coalesce("deletedAt", '1970-01-01 00:00:00+00'::timestamptz), "id")
  WHERE "deletedAt" IS NOT NULL;
CREATE INDEX "Media_trash_by_purgeAt" ON "Media" (coalesce("purgeAt", '1970-01-01 00:00:00+00'::timestamptz), "id")
  WHERE "deletedAt" IS NOT NULL;
CREATE INDEX "Media_by_deleter" ON "Media" ("deletedById", "deletedAt", "id") WHERE "deletedById" IS NOT NULL;

-- The planner knows nothing about new columns before that.
ANALYZE "Media" ("durationKey", "hasAltText");
