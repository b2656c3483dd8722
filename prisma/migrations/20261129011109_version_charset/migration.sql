-- AlterTable
ALTER TABLE "MediaVersion" ADD COLUMN     "charset" TEXT;


