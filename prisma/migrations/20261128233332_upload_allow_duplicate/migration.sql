-- AlterTable
ALTER TABLE "Upload" ADD COLUMN     "allowDuplicate" BOOLEAN NOT NULL DEFAULT true;


