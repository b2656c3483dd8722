-- Clusters of equal content are counted in this index alone, in its order: without it 300,000 media are sorted on disk
-- (305 ms against 80). The schema file cannot express it.
CREATE INDEX "Media_duplicates_idx" ON "Media"("sha256", "sizeBytes") WHERE "deletedAt" IS NULL;
