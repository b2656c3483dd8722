-- AlterTable
ALTER TABLE "Upload" ADD COLUMN     "sha256" CHAR(64);
