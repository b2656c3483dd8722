-- Cascades for processes of the previous version: they purge media without deleting thumbnails, which they do not know.
-- AddForeignKey
ALTER TABLE "Thumbnail" ADD CONSTRAINT "Thumbnail_versionId_fkey" FOREIGN KEY ("versionId") REFERENCES "MediaVersion"("id") ON DELETE CASCADE ON UPDATE CASCADE;
