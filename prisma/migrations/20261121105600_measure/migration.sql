-- AlterTable
ALTER TABLE "Rendition" ADD COLUMN     "startedAt" TIMESTAMPTZ(3);

-- DropIndex
DROP INDEX "Media_folderId_idx";

-- CreateIndex
CREATE INDEX "Media_folderId_deletedAt_idx" ON "Media"("folderId", "deletedAt");

-- CreateIndex
CREATE INDEX "MediaVersion_status_createdAt_idx" ON "MediaVersion"("status", "createdAt");

-- CreateIndex
CREATE INDEX "Rendition_status_updatedAt_idx" ON "Rendition"("status", "updatedAt");
