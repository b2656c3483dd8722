-- CreateEnum
CREATE TYPE "OperationStatus" AS ENUM ('QUEUED', 'RUNNING', 'COMPLETED', 'PARTIALLY_COMPLETED', 'FAILED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "ErrorPolicy" AS ENUM ('REJECT_EVERYTHING', 'REJECT_FAILED_ROWS');

-- CreateEnum
CREATE TYPE "OperationItemStatus" AS ENUM ('PENDING', 'SUCCEEDED', 'FAILED');

-- DropIndex
DROP INDEX "Upload_mediaId_key";

-- AlterTable
ALTER TABLE "Blob" ADD COLUMN     "orphanedAt" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "Media" ADD COLUMN     "altText" TEXT,
ADD COLUMN     "deletedById" UUID,
ADD COLUMN     "description" TEXT,
ADD COLUMN     "folderId" UUID,
ADD COLUMN     "purgeAt" TIMESTAMPTZ(3),
ADD COLUMN     "tagKeys" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "unusedSince" TIMESTAMPTZ(3) DEFAULT CURRENT_TIMESTAMP,
ADD COLUMN     "usageCount" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "MediaVersion" ADD COLUMN     "staged" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "Upload" ADD COLUMN     "folderId" UUID,
ADD COLUMN     "replacesId" UUID,
ADD COLUMN     "stage" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "Folder" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "parentId" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Folder_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Resource" (
    "id" UUID NOT NULL,
    "source" TEXT NOT NULL DEFAULT 'default',
    "type" TEXT NOT NULL,
    "externalId" TEXT NOT NULL,
    "title" TEXT,
    "url" TEXT,
    "parentId" UUID,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deletedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Resource_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "MediaUsage" (
    "id" UUID NOT NULL,
    "mediaId" UUID NOT NULL,
    "resourceId" UUID NOT NULL,
    "linkedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "linkedById" UUID,

    CONSTRAINT "MediaUsage_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "RememberedUsage" (
    "id" UUID NOT NULL,
    "mediaId" UUID NOT NULL,
    "resourceId" UUID NOT NULL,
    "linkedAt" TIMESTAMPTZ(3) NOT NULL,
    "linkedById" UUID,

    CONSTRAINT "RememberedUsage_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Operation" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "status" "OperationStatus" NOT NULL DEFAULT 'QUEUED',
    "revision" INTEGER NOT NULL DEFAULT 0,
    "errorPolicy" "ErrorPolicy" NOT NULL,
    "input" JSONB NOT NULL,
    "total" INTEGER NOT NULL,
    "processed" INTEGER NOT NULL DEFAULT 0,
    "succeeded" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "requestedById" UUID NOT NULL,
    "requestedRole" "Role" NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finishedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Operation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "OperationItem" (
    "operationId" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "mediaId" UUID NOT NULL,
    "status" "OperationItemStatus" NOT NULL DEFAULT 'PENDING',
    "code" TEXT,
    "message" TEXT,

    CONSTRAINT "OperationItem_pkey" PRIMARY KEY ("operationId","position")
);

-- CreateIndex
CREATE INDEX "Folder_parentId_idx" ON "Folder"("parentId");

-- CreateIndex
CREATE INDEX "Resource_parentId_idx" ON "Resource"("parentId");

-- CreateIndex
CREATE INDEX "Resource_type_id_idx" ON "Resource"("type", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Resource_source_type_externalId_key" ON "Resource"("source", "type", "externalId");

-- CreateIndex
CREATE INDEX "MediaUsage_resourceId_id_idx" ON "MediaUsage"("resourceId", "id");

-- CreateIndex
CREATE UNIQUE INDEX "MediaUsage_mediaId_resourceId_key" ON "MediaUsage"("mediaId", "resourceId");

-- CreateIndex
CREATE INDEX "RememberedUsage_mediaId_idx" ON "RememberedUsage"("mediaId");

-- CreateIndex
CREATE INDEX "Operation_requestedById_createdAt_id_idx" ON "Operation"("requestedById", "createdAt" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "Operation_createdAt_id_idx" ON "Operation"("createdAt" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "OperationItem_operationId_status_position_idx" ON "OperationItem"("operationId", "status", "position");

-- CreateIndex
CREATE INDEX "Blob_orphanedAt_idx" ON "Blob"("orphanedAt");

-- CreateIndex
CREATE INDEX "Media_folderId_idx" ON "Media"("folderId");

-- CreateIndex
CREATE INDEX "Media_tagKeys_idx" ON "Media" USING GIN ("tagKeys");

-- CreateIndex
CREATE INDEX "Media_updatedAt_id_idx" ON "Media"("updatedAt" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "Media_fileName_id_idx" ON "Media"("fileName", "id");

-- CreateIndex
CREATE INDEX "Media_sizeBytes_id_idx" ON "Media"("sizeBytes" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "Media_usageCount_id_idx" ON "Media"("usageCount" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "Media_unusedSince_idx" ON "Media"("unusedSince");

-- CreateIndex
CREATE INDEX "Media_uploadedById_uploadedAt_id_idx" ON "Media"("uploadedById", "uploadedAt" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "Media_purgeAt_idx" ON "Media"("purgeAt");

-- CreateIndex
CREATE INDEX "Media_deletedAt_idx" ON "Media"("deletedAt");

-- CreateIndex
CREATE INDEX "Upload_mediaId_idx" ON "Upload"("mediaId");

-- AddForeignKey
ALTER TABLE "Media" ADD CONSTRAINT "Media_deletedById_fkey" FOREIGN KEY ("deletedById") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Media" ADD CONSTRAINT "Media_folderId_fkey" FOREIGN KEY ("folderId") REFERENCES "Folder"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Folder" ADD CONSTRAINT "Folder_parentId_fkey" FOREIGN KEY ("parentId") REFERENCES "Folder"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Resource" ADD CONSTRAINT "Resource_parentId_fkey" FOREIGN KEY ("parentId") REFERENCES "Resource"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "MediaUsage" ADD CONSTRAINT "MediaUsage_mediaId_fkey" FOREIGN KEY ("mediaId") REFERENCES "Media"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "MediaUsage" ADD CONSTRAINT "MediaUsage_resourceId_fkey" FOREIGN KEY ("resourceId") REFERENCES "Resource"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "MediaUsage" ADD CONSTRAINT "MediaUsage_linkedById_fkey" FOREIGN KEY ("linkedById") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RememberedUsage" ADD CONSTRAINT "RememberedUsage_mediaId_fkey" FOREIGN KEY ("mediaId") REFERENCES "Media"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RememberedUsage" ADD CONSTRAINT "RememberedUsage_resourceId_fkey" FOREIGN KEY ("resourceId") REFERENCES "Resource"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Operation" ADD CONSTRAINT "Operation_requestedById_fkey" FOREIGN KEY ("requestedById") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "OperationItem" ADD CONSTRAINT "OperationItem_operationId_fkey" FOREIGN KEY ("operationId") REFERENCES "Operation"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What was there before: tags by their keys, and unused since the upload.
UPDATE "Media" SET
  "tagKeys" = ARRAY(SELECT lower(tag) FROM unnest("tags") AS tag),
  "unusedSince" = "uploadedAt";

-- Siblings have different names, whatever their case. (An index on expressions, which the schema file cannot express.)
CREATE UNIQUE INDEX "Folder_sibling_name" ON "Folder" (coalesce("parentId", '00000000-0000-0000-0000-000000000000'), lower("name"));
