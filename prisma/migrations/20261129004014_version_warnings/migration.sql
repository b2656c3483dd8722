-- AlterTable
ALTER TABLE "MediaVersion" ADD COLUMN     "warnings" JSONB;


