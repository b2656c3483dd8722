-- CreateIndex
CREATE INDEX "Rendition_status_kind_versionId_idx" ON "Rendition"("status", "kind", "versionId");

-- DropIndex
DROP INDEX "Rendition_status_versionId_idx";
