-- AlterTable
ALTER TABLE "Rendition" ADD COLUMN     "hasThumbnails" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "thumbnailAttempts" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "thumbnailsDueAt" TIMESTAMPTZ(3);
