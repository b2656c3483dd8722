-- CreateEnum
CREATE TYPE "IntegrityFault" AS ENUM ('MISSING', 'DAMAGED');

-- AlterTable
ALTER TABLE "Blob" ADD COLUMN     "fault" "IntegrityFault",
ADD COLUMN     "faultSeenAt" TIMESTAMPTZ(3),
ADD COLUMN     "storedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- CreateTable
CREATE TABLE "BlobScrub" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "position" VARCHAR(64),
    "passStartedAt" TIMESTAMPTZ(3),
    "leasedUntil" TIMESTAMPTZ(3),

    CONSTRAINT "BlobScrub_pkey" PRIMARY KEY ("id")
);

-- Blobs with a fault, which every run of the scrub reads. Few blobs have one.
CREATE INDEX "Blob_fault_idx" ON "Blob" ("faultSeenAt") WHERE "fault" IS NOT NULL;
