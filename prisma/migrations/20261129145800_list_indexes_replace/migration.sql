-- In a transaction of its own, which takes milliseconds.
DROP INDEX "Media_by_uploadedAt";
ALTER INDEX "Media_by_uploadedAt_new" RENAME TO "Media_by_uploadedAt";
DROP INDEX "Media_by_updatedAt";
ALTER INDEX "Media_by_updatedAt_new" RENAME TO "Media_by_updatedAt";
DROP INDEX "Media_by_fileName";
ALTER INDEX "Media_by_fileName_new" RENAME TO "Media_by_fileName";
DROP INDEX "Media_by_sizeBytes";
ALTER INDEX "Media_by_sizeBytes_new" RENAME TO "Media_by_sizeBytes";
DROP INDEX "Media_by_usageCount";
ALTER INDEX "Media_by_usageCount_new" RENAME TO "Media_by_usageCount";
DROP INDEX "Media_by_kind";
ALTER INDEX "Media_by_kind_new" RENAME TO "Media_by_kind";
