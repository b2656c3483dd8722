-- AlterTable
ALTER TABLE "Rendition" ADD COLUMN "requests" INTEGER NOT NULL DEFAULT 0;
