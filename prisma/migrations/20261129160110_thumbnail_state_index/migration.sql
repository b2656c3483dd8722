-- Finished thumbnails that lack their small pictures, which a job makes. Usually there are none. Not in the migration
-- before: building it blocks writes, but no reads.
CREATE INDEX "Rendition_withoutThumbnails_idx" ON "Rendition" ("id")
  WHERE "profile" = 'THUMBNAIL' AND "status" = 'READY' AND NOT "hasThumbnails";
