-- AlterTable
ALTER TABLE "SignIn" ADD COLUMN     "previousIdHash" TEXT;
