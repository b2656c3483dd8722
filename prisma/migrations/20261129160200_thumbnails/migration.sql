-- CreateTable
CREATE TABLE "Thumbnail" (
    "id" UUID NOT NULL,
    "versionId" UUID NOT NULL,
    "width" INTEGER NOT NULL,
    "sizeBytes" BIGINT NOT NULL,
    "sha256" CHAR(64) NOT NULL,

    CONSTRAINT "Thumbnail_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Thumbnail_sha256_idx" ON "Thumbnail"("sha256");

-- CreateIndex
CREATE UNIQUE INDEX "Thumbnail_versionId_width_key" ON "Thumbnail"("versionId", "width");

-- AddForeignKey
ALTER TABLE "Thumbnail" ADD CONSTRAINT "Thumbnail_sha256_fkey" FOREIGN KEY ("sha256") REFERENCES "Blob"("sha256") ON DELETE RESTRICT ON UPDATE CASCADE;
