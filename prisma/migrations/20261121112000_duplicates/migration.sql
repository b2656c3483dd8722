-- Clusters of equal content are found in the index alone, in its order: without it 300,000 media are sorted on disk.
DROP INDEX "Media_sha256_idx";
CREATE INDEX "Media_sha256_deletedAt_sizeBytes_idx" ON "Media"("sha256", "deletedAt", "sizeBytes");
